using Microsoft.AspNetCore.Http;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator.Http.Views;
using Pipeline.Coordinator.Jobs;
using Pipeline.Coordinator.Leading;
using Pipeline.Ledger;

namespace Pipeline.Coordinator.Http;

/// <summary>The operations of the API.</summary>
internal sealed class CoordinatorRoutes(CoordinatorService service, ServerOptions options, string version)
{
    private const int MostListed = 1000;
    private readonly ViewMaker views = new(service, options.PricePerHour);

    private ILedger Ledger => service.Ledger;

    /// <summary>All of them.</summary>
    public IReadOnlyList<ApiRoute> All() => [.. JobRoutes(), new PlanRoute(service, options).Create(), .. OrderRoutes(), .. ServiceRoutes()];

    private IEnumerable<ApiRoute> JobRoutes() =>
    [
        new()
        {
            Method = "POST", Path = "/jobs", Name = "submitJob", Summary = "Takes a job in. The manifest is the body; it is stored and checked as it comes, its items are imported afterwards.",
            Query = RequestReader.JobParameters, TakesManifest = true, Answer = typeof(JobView), Status = 201, Problems = [400, 401, 409, 413, 415, 422, 503], Handle = SubmitAsync,
        },
        new()
        {
            Method = "GET", Path = "/jobs", Name = "listJobs", Summary = "Jobs, the newest first.",
            Query = [("state", "string", "Only jobs in this state"), ("tenant", "string", "Only this owner's"), ("limit", "integer", "Most jobs; default 100")],
            Answer = typeof(Page<JobView>), Problems = [400, 401], Handle = ListAsync,
        },
        new() { Method = "GET", Path = "/jobs/{id}", Name = "getJob", Summary = "A job with its progress.", Answer = typeof(JobView), Problems = [400, 401, 404], Handle = c => ForJobAsync(c, ShowAsync) },
        new()
        {
            Method = "GET", Path = "/jobs/{id}/errors", Name = "listErrors", Summary = "Failures by cause, the most frequent first.", Query = [("limit", "integer", "Most causes; default 20")],
            Answer = typeof(Page<ErrorView>), Problems = [400, 401, 404], Handle = c => ForJobAsync(c, ErrorsAsync),
        },
        new()
        {
            Method = "GET", Path = "/jobs/{id}/items", Name = "listItems", Summary = "Items in the order of the manifest.",
            Query = [("state", "string", "Only items in this state"), ("fingerprint", "string", "Only items that failed with this cause"), ("from", "integer", "Number of the first item"), ("limit", "integer", "Most items; default 100")],
            Answer = typeof(Page<ItemView>), Problems = [400, 401, 404], Handle = c => ForJobAsync(c, ItemsAsync),
        },
        new()
        {
            Method = "GET", Path = "/jobs/{id}/events", Name = "listEvents", Summary = "What happened to a job, the latest last.", Query = [("limit", "integer", "Most events; default 100")],
            Answer = typeof(Page<EventView>), Problems = [400, 401, 404], Handle = c => ForJobAsync(c, EventsAsync),
        },
    ];

    private IEnumerable<ApiRoute> OrderRoutes() =>
    [
        Order("pause", "pauseJob", "Gives out no more work of a job; what is under way is finished.", PauseAsync, typeof(PauseRequest)),
        Order("resume", "resumeJob", "Goes on with a paused job, with another budget if one is given.", ResumeAsync, typeof(AdjustRequest)),
        Order("cancel", "cancelJob", "Cancels a job: open items are dropped, late outcomes do not count.", CancelAsync, null),
        Order("replay", "replayJob", "Opens failed and quarantined items again; stages that succeeded are not done again.", ReplayAsync, typeof(ReplayRequest), typeof(CountView)),
        new()
        {
            Method = "PATCH", Path = "/jobs/{id}", Name = "adjustJob", Summary = "Changes window, priority, weight or budget.", Body = typeof(AdjustRequest), Answer = typeof(JobView),
            Problems = [400, 401, 404, 413], Handle = c => ForJobAsync(c, AdjustAsync),
        },
        new()
        {
            Method = "DELETE", Path = "/jobs/{id}", Name = "deleteJob", Summary = "Forgets a job that has ended; its data set and artefacts stay.", Answer = typeof(CountView), Problems = [400, 401, 404, 409],
            Handle = c => ForJobAsync(c, DeleteAsync),
        },
    ];

    private IEnumerable<ApiRoute> ServiceRoutes() =>
    [
        new() { Method = "GET", Path = "/workers", Name = "listWorkers", Summary = "Workers that have reported.", Answer = typeof(Page<WorkerView>), Problems = [401], Handle = WorkersAsync },
        new()
        {
            Method = "GET", Path = "/dead-letters", Name = "listDeadLetters", Summary = "Messages that nobody could handle, the oldest first.",
            Query = [("job", "string", "Only those of this job"), ("all", "string", "true: settled ones too"), ("from", "integer", "Only letters with a greater number"), ("limit", "integer", "Most letters; default 100")],
            Answer = typeof(Page<DeadLetterView>), Problems = [400, 401], Handle = DeadLettersAsync,
        },
        new()
        {
            Method = "POST", Path = "/dead-letters/settle", Name = "settleDeadLetters", Summary = "Notes what became of dead letters.", Body = typeof(SettleRequest), Answer = typeof(CountView),
            Problems = [400, 401, 413], Handle = SettleAsync,
        },
        new() { Method = "GET", Path = "/status", Name = "getStatus", Summary = "This process and who leads.", Answer = typeof(StatusView), Problems = [401], Handle = StatusAsync },
        new() { Method = "GET", Path = "/metrics", Name = "getMetrics", Summary = "Backlog and counts for autoscaling, in the text format of Prometheus.", AnswerType = "text/plain", Problems = [401], Handle = MetricsAsync },
        new() { Method = "GET", Path = "/health/live", Name = "isLive", Summary = "Whether the process answers.", AnswerType = "text/plain", IsOpen = true, Handle = c => c.Response.WriteAsync("live\n") },
        new() { Method = "GET", Path = "/health/ready", Name = "isReady", Summary = "Whether the ledger answers.", AnswerType = "text/plain", IsOpen = true, Problems = [503], Handle = ReadyAsync },
        new() { Method = "GET", Path = "/openapi.json", Name = "describe", Summary = "This description.", IsOpen = true, Handle = c => Json.WriteAsync(c, 200, OpenApiDocument.Create(All(), version)) },
    ];

    private ApiRoute Order(string word, string name, string summary, Func<HttpContext, JobInfo, Task> handle, Type? body, Type? answer = null) => new()
    {
        Method = "POST", Path = $"/jobs/{{id}}/{word}", Name = name, Summary = summary, Body = body, Answer = answer ?? typeof(JobView), Problems = [400, 401, 404, 409, 413],
        Handle = c => ForJobAsync(c, handle),
    };

    private async Task ForJobAsync(HttpContext context, Func<HttpContext, JobInfo, Task> handle)
    {
        string id = (string?)context.Request.RouteValues["id"] ?? "";
        if (!JobNames.IsValid(id))
        {
            throw new SubmissionException(ErrorCodes.Parameter, "this is not the name of a job: 1 to 100 letters, digits, dots, dashes, underscores; not starting with a dot");
        }

        JobInfo job = await Ledger.FindJobAsync(id, context.RequestAborted).ConfigureAwait(false)
            ?? throw new SubmissionException(ErrorCodes.Parameter, $"there is no job '{id}'") { Status = 404 };
        await handle(context, job).ConfigureAwait(false);
    }

    private async Task SubmitAsync(HttpContext context)
    {
        RequestReader.RequireKnown(context.Request, RequestReader.JobParameters.Select(p => p.Name));
        JobRequest request = RequestReader.Job(context.Request);
        JobSubmission.Check(request);
        RequestReader.RequireManifest(context.Request);
        (JobInfo job, bool isNew) = await service.Submission.SubmitAsync(request, context.Request.Body, context.RequestAborted).ConfigureAwait(false);
        context.Response.Headers.Location = $"/jobs/{job.Id}";
        await Json.WriteAsync(context, isNew ? 201 : 200, await views.JobAsync(job, context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async Task ListAsync(HttpContext context)
    {
        RequestReader.RequireKnown(context.Request, ["state", "tenant", "limit"]);
        var query = new JobQuery
        {
            States = RequestReader.Choice<JobState>(context.Request, "state") is { } state ? [state] : null,
            Tenant = RequestReader.Text(context.Request, "tenant"),
            Limit = Limit(context),
        };
        var jobs = new List<JobView>();
        foreach (JobInfo job in await Ledger.JobsAsync(query, context.RequestAborted).ConfigureAwait(false))
        {
            jobs.Add(await views.JobAsync(job, context.RequestAborted).ConfigureAwait(false));
        }

        await Json.WriteAsync(context, 200, new Page<JobView>(jobs, null)).ConfigureAwait(false);
    }

    private async Task ShowAsync(HttpContext context, JobInfo job) =>
        await Json.WriteAsync(context, 200, await views.JobAsync(job, context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);

    private async Task ShowAgainAsync(HttpContext context, JobInfo job) =>
        await ShowAsync(context, await Ledger.FindJobAsync(job.Id, context.RequestAborted).ConfigureAwait(false) ?? job).ConfigureAwait(false);

    private async Task ErrorsAsync(HttpContext context, JobInfo job)
    {
        RequestReader.RequireKnown(context.Request, ["limit"]);
        IReadOnlyList<ErrorSummary> errors = await Ledger.ErrorsAsync(job.Id, Limit(context, 20), context.RequestAborted).ConfigureAwait(false);
        await Json.WriteAsync(context, 200, new Page<ErrorView>([.. errors.Select(ViewMaker.Error)], null)).ConfigureAwait(false);
    }

    private async Task ItemsAsync(HttpContext context, JobInfo job)
    {
        RequestReader.RequireKnown(context.Request, ["state", "fingerprint", "from", "limit"]);
        int limit = Limit(context);
        var filter = new ItemFilter
        {
            From = RequestReader.Long(context.Request, "from") ?? 0,
            Limit = limit,
            States = RequestReader.Choice<ItemState>(context.Request, "state") is { } state ? [state] : null,
            Fingerprint = RequestReader.Text(context.Request, "fingerprint"),
        };
        var items = new List<ItemView>(limit);
        await foreach (ItemReport item in Ledger.ItemsAsync(job.Id, filter, context.RequestAborted).ConfigureAwait(false))
        {
            items.Add(ViewMaker.Item(item));
        }

        await Json.WriteAsync(context, 200, new Page<ItemView>(items, items.Count == limit ? items[^1].Item + 1 : null)).ConfigureAwait(false);
    }

    private async Task EventsAsync(HttpContext context, JobInfo job)
    {
        RequestReader.RequireKnown(context.Request, ["limit"]);
        IReadOnlyList<JobEvent> events = await Ledger.EventsAsync(job.Id, Limit(context), context.RequestAborted).ConfigureAwait(false);
        await Json.WriteAsync(context, 200, new Page<EventView>([.. events.Select(e => new EventView(e.At, e.Kind, e.Detail))], null)).ConfigureAwait(false);
    }

    private async Task PauseAsync(HttpContext context, JobInfo job)
    {
        PauseRequest request = await RequestReader.BodyAsync<PauseRequest>(context, options.MaxBodyBytes).ConfigureAwait(false);
        Require(job.State is JobState.Running or JobState.Paused, job, "paused");
        await Ledger.SetPausedAsync(job.Id, true, request.Reason, context.RequestAborted).ConfigureAwait(false);
        await ShowAgainAsync(context, job).ConfigureAwait(false);
    }

    private async Task ResumeAsync(HttpContext context, JobInfo job)
    {
        AdjustRequest request = await RequestReader.BodyAsync<AdjustRequest>(context, options.MaxBodyBytes).ConfigureAwait(false);
        Require(job.State is JobState.Running or JobState.Paused, job, "resumed");
        await AdjustAsync(job, request, context.RequestAborted).ConfigureAwait(false);
        await Ledger.SetPausedAsync(job.Id, false, null, context.RequestAborted).ConfigureAwait(false);
        await ShowAgainAsync(context, job).ConfigureAwait(false);
    }

    private async Task CancelAsync(HttpContext context, JobInfo job)
    {
        Require(!JobStates.HasEnded(job.State) || job.State == JobState.Cancelled, job, "cancelled");
        await Ledger.CancelAsync(job.Id, context.RequestAborted).ConfigureAwait(false);
        await ShowAgainAsync(context, job).ConfigureAwait(false);
    }

    private async Task ReplayAsync(HttpContext context, JobInfo job)
    {
        ReplayRequest request = await RequestReader.BodyAsync<ReplayRequest>(context, options.MaxBodyBytes).ConfigureAwait(false);
        Require(job.State is not (JobState.Cancelled or JobState.Failed or JobState.Planning or JobState.Deleting), job, "replayed");
        if (request.Items is { Count: 0 or > 10_000 } || (request.Stage is { } stage && !StageNames.All.Contains(stage)))
        {
            throw new SubmissionException(ErrorCodes.Parameter, $"items: 1 to 10000 of them; stage: one of {string.Join(", ", StageNames.All)}");
        }

        int opened = await Ledger.ReplayAsync(job.Id, new ReplaySelection { Fingerprint = request.Fingerprint, Items = request.Items?.ToHashSet(), Stage = request.Stage }, context.RequestAborted)
            .ConfigureAwait(false);
        await Json.WriteAsync(context, 200, new CountView(opened)).ConfigureAwait(false);
    }

    private async Task AdjustAsync(HttpContext context, JobInfo job)
    {
        await AdjustAsync(job, await RequestReader.BodyAsync<AdjustRequest>(context, options.MaxBodyBytes).ConfigureAwait(false), context.RequestAborted).ConfigureAwait(false);
        await ShowAgainAsync(context, job).ConfigureAwait(false);
    }

    private async Task AdjustAsync(JobInfo job, AdjustRequest request, CancellationToken cancellation)
    {
        if (request is { Window: < 1 or > 1_000_000 } or { Priority: < 0 or > 9 } or { Weight: < 1 or > 100 } || request.BudgetSeconds is { } budget && !double.IsFinite(budget))
        {
            throw new SubmissionException(ErrorCodes.Parameter, "window: 1 to 1000000; priority: 0 to 9; weight: 1 to 100; budgetSeconds: a number, negative for no limit");
        }

        if (request != new AdjustRequest())
        {
            var adjustment = new JobAdjustment { Window = request.Window, Priority = request.Priority, Weight = request.Weight, BudgetSeconds = request.BudgetSeconds };
            await Ledger.AdjustAsync(job.Id, adjustment, cancellation).ConfigureAwait(false);
        }
    }

    private async Task DeleteAsync(HttpContext context, JobInfo job)
    {
        Require(JobStates.HasEnded(job.State), job, "deleted");
        await Ledger.DeleteJobAsync(job.Id, context.RequestAborted).ConfigureAwait(false);
        await Json.WriteAsync(context, 200, new CountView(1)).ConfigureAwait(false);
    }

    private async Task WorkersAsync(HttpContext context)
    {
        IReadOnlyList<WorkerInfo> workers = await Ledger.WorkersAsync(context.RequestAborted).ConfigureAwait(false);
        await Json.WriteAsync(context, 200, new Page<WorkerView>([.. workers.Select(ViewMaker.Worker)], null)).ConfigureAwait(false);
    }

    private async Task DeadLettersAsync(HttpContext context)
    {
        RequestReader.RequireKnown(context.Request, ["job", "all", "from", "limit"]);
        int limit = Limit(context);
        var query = new DeadLetterQuery
        {
            JobId = RequestReader.Text(context.Request, "job"), OpenOnly = RequestReader.Text(context.Request, "all") != "true", After = RequestReader.Long(context.Request, "from") ?? 0, Limit = limit,
        };
        IReadOnlyList<DeadLetter> letters = await Ledger.DeadLettersAsync(query, context.RequestAborted).ConfigureAwait(false);
        await Json.WriteAsync(context, 200, new Page<DeadLetterView>([.. letters.Select(ViewMaker.DeadLetter)], letters.Count == limit ? letters[^1].Id : null)).ConfigureAwait(false);
    }

    private async Task SettleAsync(HttpContext context)
    {
        SettleRequest request = await RequestReader.BodyAsync<SettleRequest>(context, options.MaxBodyBytes).ConfigureAwait(false);
        if (request.Ids is not { Count: > 0 and <= 10_000 })
        {
            throw new SubmissionException(ErrorCodes.Parameter, "ids: 1 to 10000 of them");
        }

        await Json.WriteAsync(context, 200, new CountView(await Ledger.SettleDeadLettersAsync([.. request.Ids], request.Resolution, context.RequestAborted).ConfigureAwait(false))).ConfigureAwait(false);
    }

    private async Task StatusAsync(HttpContext context)
    {
        Lease? leader = await Ledger.LeaderAsync(Leadership.LeaseName, context.RequestAborted).ConfigureAwait(false);
        await Json.WriteAsync(context, 200, new StatusView(service.Options.Owner, service.Leads, leader?.Owner, version)).ConfigureAwait(false);
    }

    private async Task MetricsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain; version=0.0.4";
        await context.Response.WriteAsync(await new MetricsText(service).WriteAsync(context.RequestAborted).ConfigureAwait(false), context.RequestAborted).ConfigureAwait(false);
    }

    private async Task ReadyAsync(HttpContext context)
    {
        await Ledger.LeaderAsync(Leadership.LeaseName, context.RequestAborted).ConfigureAwait(false);
        await context.Response.WriteAsync(service.Leads ? "ready, leads\n" : "ready, stands by\n", context.RequestAborted).ConfigureAwait(false);
    }

    private static int Limit(HttpContext context, int standard = 100) => RequestReader.Whole(context.Request, "limit") switch
    {
        null => standard,
        >= 1 and <= MostListed and var limit => limit,
        _ => throw new SubmissionException(ErrorCodes.Parameter, $"limit: 1 to {MostListed}"),
    };

    private static void Require(bool condition, JobInfo job, string what)
    {
        if (!condition)
        {
            throw new SubmissionException(ErrorCodes.Parameter, $"job {job.Id} is {ViewMaker.Name(job.State)}; it cannot be {what}") { Status = 409 };
        }
    }
}
