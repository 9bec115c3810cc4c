using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Json;
using Pipeline.Coordinator.Http.Views;
using Pipeline.Coordinator.Jobs;
using Pipeline.Ledger;

namespace Pipeline.Coordinator.Http;

/// <summary>Turns what goes wrong into <c>application/problem+json</c>: what was wrong and what to do, and nothing of the inside.</summary>
internal static class Problems
{
    private const int ShownLines = 100;

    public static async Task RunAsync(HttpContext context, Func<HttpContext, Task> next, ILogger logger)
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for an answer.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            ProblemView problem = Describe(e);
            if (problem.Status == 500)
            {
                CoordinatorLog.RequestFailed(logger, context.Request.Method, context.Request.Path, e);
            }

            await WriteAsync(context, problem).ConfigureAwait(false);
        }
    }

    public static Task WriteAsync(HttpContext context, int status, string code, string detail) => WriteAsync(context, Of(status, code, detail));

    private static ProblemView Describe(Exception error) => error switch
    {
        SubmissionException e => Of(e.Status, e.Code, e.Message) with
        {
            Lines = e.Lines.Count == 0 ? null : [.. e.Lines.Take(ShownLines).Select(l => new LineProblem(l.Line, l.Code, l.Message))],
        },
        BadHttpRequestException e => Of(e.StatusCode, ErrorCodes.Parameter, e.Message),
        JsonException e => Of(400, ErrorCodes.Parameter, $"the body is not what was expected: {e.Message}"),
        LedgerException { Class: FaultClass.Poison } e => Of(409, e.Code, e.Message),
        PipelineException { Class: FaultClass.Transient or FaultClass.Environment } e => Of(503, e.Code, e.Message),
        PipelineException { Class: FaultClass.Poison } e => Of(400, e.Code, e.Message),
        _ => Of(500, ErrorCodes.Logic, "a defect showed; the coordinator's log has the details"),
    };

    private static ProblemView Of(int status, string code, string detail) =>
        new() { Type = $"urn:moodpipe:error:{code}", Title = Reasons.Of(status), Status = status, Code = code, Detail = detail };

    private static async Task WriteAsync(HttpContext context, ProblemView problem)
    {
        context.Response.StatusCode = problem.Status;
        context.Response.ContentType = "application/problem+json";
        await JsonSerializer.SerializeAsync(context.Response.Body, problem, ContractJson.Options, context.RequestAborted).ConfigureAwait(false);
    }
}
