using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Coordinator.Http;
using Pipeline.Ledger;

namespace Pipeline.Coordinator.Tests;

public sealed class HttpTests : IAsyncLifetime
{
    private readonly Installation installation = new();
    private readonly HttpClient client = new() { Timeout = TimeSpan.FromMinutes(2) };
    private CoordinatorServer? server;

    public async Task InitializeAsync()
    {
        server = await StartAsync(new ServerOptions { Listen = new Uri("http://127.0.0.1:0"), PricePerHour = 2 });
        client.BaseAddress = server.Address;
    }

    public async Task DisposeAsync()
    {
        client.Dispose();
        await server!.DisposeAsync();
        await installation.DisposeAsync();
    }

    [Fact]
    public async Task A_job_is_submitted_watched_and_read_over_HTTP()
    {
        installation.Start();
        installation.AddPictures(6, content: i => i == 2 ? "POISON edit" : $"picture {i}");
        (HttpResponseMessage answer, JsonNode job) = await SubmitAsync($"/jobs?name=first&tenant=a&priority=7&sourceBase={Uri.EscapeDataString(installation.Root)}", installation.Manifest());
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        string id = (string)job["id"]!;
        Assert.Equal($"/jobs/{id}", answer.Headers.Location!.OriginalString);
        JsonNode done = await UntilAsync(id, j => (bool)j["ended"]!);
        Assert.Equal("doneWithErrors", (string)done["state"]!);
        Assert.Equal((15, 3), ((int)done["states"]!["done"]!, (int)done["states"]!["quarantined"]!));
        Assert.Equal(["prompt", "invert", "edit", "caption", "score"], done["stages"]!.AsArray().Select(s => (string)s!["stage"]!));
        Assert.Equal(0, (double)done["remainingSeconds"]!);
        Assert.True((double)done["cost"]! >= 0);

        JsonNode errors = await GetAsync($"/jobs/{id}/errors");
        string fingerprint = (string)Assert.Single(errors["values"]!.AsArray())!["fingerprint"]!;
        JsonNode items = await GetAsync($"/jobs/{id}/items?state=quarantined&fingerprint={fingerprint}&limit=2");
        Assert.Equal(["p2", "p2"], items["values"]!.AsArray().Select(i => (string)i!["picture"]!));
        Assert.Single((await GetAsync($"/jobs/{id}/items?state=quarantined&from={(long)items["next"]!}"))["values"]!.AsArray());
        Assert.Contains((await GetAsync($"/jobs/{id}/events"))["values"]!.AsArray(), e => (string)e!["kind"]! == "imported");
        Assert.Contains("moodpipe_backlog{stage=\"edit\"} 0", await client.GetStringAsync("/metrics"), StringComparison.Ordinal);
        Assert.True((bool)(await GetAsync("/status"))["leads"]!);

        File.WriteAllText(Path.Combine(installation.Root, "p2.bin"), "repaired");
        HttpResponseMessage replay = await client.PostAsync($"/jobs/{id}/replay", Body($$"""{"fingerprint":"{{fingerprint}}"}"""));
        Assert.Equal(3, (int)JsonNode.Parse(await replay.Content.ReadAsStringAsync())!["count"]!);
        Assert.Equal("done", (string)(await UntilAsync(id, j => (bool)j["ended"]!))["state"]!);
        Assert.Equal(HttpStatusCode.OK, (await client.DeleteAsync($"/jobs/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/jobs/{id}")).StatusCode);
    }

    [Fact]
    public async Task Orders_are_obeyed_where_they_fit_and_refused_where_not()
    {
        installation.AddPictures(3);
        (_, JsonNode job) = await SubmitAsync("/jobs?id=waiting", installation.Manifest());
        Assert.Equal("planning", (string)job["state"]!);
        await ProblemAsync(HttpStatusCode.Conflict, await client.PostAsync("/jobs/waiting/pause", null), "is planning");
        await ProblemAsync(HttpStatusCode.Conflict, await client.DeleteAsync("/jobs/waiting"), "cannot be deleted");
        HttpResponseMessage adjusted = await client.PatchAsync("/jobs/waiting", Body("""{"priority":9,"window":12,"budgetSeconds":5}"""));
        JsonNode now = JsonNode.Parse(await adjusted.Content.ReadAsStringAsync())!;
        Assert.Equal((9, 12, 5.0), ((int)now["priority"]!, (int)now["window"]!, (double)now["budgetSeconds"]!));
        await ProblemAsync(HttpStatusCode.BadRequest, await client.PatchAsync("/jobs/waiting", Body("""{"priority":10}""")), "priority");
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/jobs/waiting/cancel", null)).StatusCode);
        await ProblemAsync(HttpStatusCode.Conflict, await client.PostAsync("/jobs/waiting/replay", null), "is cancelled");
        (HttpResponseMessage other, _) = await SubmitAsync("/jobs?id=waiting&limit=1", installation.Manifest());
        await ProblemAsync(HttpStatusCode.Conflict, other, "another specification");
    }

    [Theory]
    [InlineData("GET", "/jobs/..%2f..%2fetc", 400, "name of a job")]
    [InlineData("GET", "/jobs/.hidden", 400, "name of a job")]
    [InlineData("GET", "/jobs/unknown", 404, "no job 'unknown'")]
    [InlineData("GET", "/nowhere", 404, "/openapi.json")]
    [InlineData("GET", "/jobs?limit=0", 400, "limit")]
    [InlineData("GET", "/jobs?state=7", 400, "state")]
    [InlineData("GET", "/jobs?colour=red", 400, "'colour' is unknown")]
    [InlineData("POST", "/jobs?id=../x", 400, "id:")]
    [InlineData("POST", "/jobs?tenant=a/b", 400, "tenant:")]
    [InlineData("POST", "/jobs?class=urgent", 400, "class")]
    [InlineData("POST", "/jobs?priority=ten", 400, "whole number")]
    [InlineData("POST", "/jobs?stages=paint", 400, "paint")]
    [InlineData("POST", "/jobs?defaults=%7B%22method%22%3A%22magic%22%7D", 400, "method 'magic' is unknown")]
    [InlineData("POST", "/jobs?defaults=%7B", 400, "defaults")]
    [InlineData("POST", "/dead-letters/settle", 400, "ids")]
    public async Task What_cannot_be_done_is_said_as_a_problem(string method, string path, int status, string text)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = method == "POST" ? Body("{}") : null;
        if (path.StartsWith("/jobs?", StringComparison.Ordinal) && method == "POST")
        {
            request.Content = new ByteArrayContent("{}"u8.ToArray());
        }

        await ProblemAsync((HttpStatusCode)status, await client.SendAsync(request), text);
    }

    [Fact]
    public async Task A_manifest_with_errors_is_refused_with_its_lines_and_nothing_is_left_of_it()
    {
        byte[] manifest = Encoding.UTF8.GetBytes("{\"id\":\"a\",\"image\":\"a.png\",\"emotions\":[\"joy\"]}\nnot json\n{\"id\":\"b\"}\n");
        (HttpResponseMessage answer, _) = await SubmitAsync("/jobs?id=bad", manifest);
        JsonNode problem = await ProblemAsync(HttpStatusCode.UnprocessableEntity, answer, "errors");
        Assert.Contains(2, problem["lines"]!.AsArray().Select(l => (int)l!["line"]!));
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/jobs/bad")).StatusCode);
        (answer, JsonNode job) = await SubmitAsync("/jobs?id=bad&skipBadLines=true", manifest);
        Assert.Equal((HttpStatusCode.Created, "bad"), (answer.StatusCode, (string)job["id"]!));
        await ProblemAsync(HttpStatusCode.UnprocessableEntity, (await SubmitAsync("/jobs", [])).Answer, "empty");
    }

    [Fact]
    public async Task A_line_of_10_MB_is_an_error_of_that_line_and_disturbs_nothing_else()
    {
        byte[] manifest = Encoding.UTF8.GetBytes($"{{\"id\":\"a\",\"image\":\"a.png\",\"emotions\":[\"joy\"]}}\n{{\"id\":\"b\",\"image\":\"{new string('x', 10 << 20)}\",\"emotions\":[\"joy\"]}}\n");
        JsonNode problem = await ProblemAsync(HttpStatusCode.UnprocessableEntity, (await SubmitAsync("/jobs", manifest)).Answer, "longer than 1048576 bytes");
        JsonNode line = Assert.Single(problem["lines"]!.AsArray())!;
        Assert.Equal((2, "PIPE1005"), ((int)line["line"]!, (string)line["code"]!));
    }

    [Fact]
    public async Task Bodies_have_limits()
    {
        installation.AddPictures(1);
        await SubmitAsync("/jobs?id=one", installation.Manifest());
        await ProblemAsync(HttpStatusCode.RequestEntityTooLarge, await client.PatchAsync("/jobs/one", Body($"{{\"window\":1,\"x\":\"{new string('x', 2 << 20)}\"}}")), "larger");
        await ProblemAsync(HttpStatusCode.BadRequest, await client.PatchAsync("/jobs/one", Body("[1")), "body");
    }

    [Fact]
    public async Task Without_the_token_only_health_and_description_answer()
    {
        await using CoordinatorServer closed = await StartAsync(new ServerOptions { Listen = new Uri("http://127.0.0.1:0"), Token = "secret" });
        using var stranger = new HttpClient { BaseAddress = closed.Address };
        foreach ((string method, string pattern) in closed.Routes)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), pattern.Replace("{id}", "x", StringComparison.Ordinal));
            HttpResponseMessage answer = await stranger.SendAsync(request);
            Assert.Equal(pattern is "/health/live" or "/health/ready" or "/openapi.json" ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, answer.StatusCode);
        }

        stranger.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("/jobs")).StatusCode);
        stranger.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync("/jobs")).StatusCode);
    }

    [Fact]
    public async Task The_description_has_every_route_and_no_other()
    {
        JsonNode document = await GetAsync("/openapi.json");
        Assert.Equal("3.1.0", (string)document["openapi"]!);
        string[] described = [.. document["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject().Select(o => $"{o.Key.ToUpperInvariant()} {p.Key}")).Order(StringComparer.Ordinal)];
        string[] served = [.. server!.Routes.Select(r => $"{r.Method} {r.Pattern}").Order(StringComparer.Ordinal)];
        Assert.Equal(served, described);
        string[] names = [.. document["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject()).Select(o => (string)o.Value!["operationId"]!)];
        Assert.Equal(names.Length, names.Distinct().Count());
        // Every reference leads somewhere.
        JsonObject schemas = document["components"]!["schemas"]!.AsObject();
        Assert.All(document.ToJsonString().Split("#/components/schemas/").Skip(1), text => Assert.True(schemas.ContainsKey(text[..text.IndexOf('"', StringComparison.Ordinal)])));
    }

    private Task<CoordinatorServer> StartAsync(ServerOptions options) => CoordinatorServer.StartAsync(installation.Service, options, NullLoggerFactory.Instance, CancellationToken.None);

    private static StringContent Body(string json) => new(json, Encoding.UTF8, "application/json");

    private async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await client.GetStringAsync(path))!;

    private async Task<JsonNode> UntilAsync(string id, Func<JsonNode, bool> condition)
    {
        await installation.UntilAsync(id, p => p.State is not (JobState.Planning or JobState.Running));
        JsonNode job = await GetAsync($"/jobs/{id}");
        Assert.True(condition(job), job.ToJsonString());
        return job;
    }

    private async Task<(HttpResponseMessage Answer, JsonNode Job)> SubmitAsync(string path, byte[] manifest)
    {
        var content = new ByteArrayContent(manifest);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        HttpResponseMessage answer = await client.PostAsync(path, content);
        return (answer, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    private static async Task<JsonNode> ProblemAsync(HttpStatusCode status, HttpResponseMessage answer, string text)
    {
        string body = await answer.Content.ReadAsStringAsync();
        Assert.True(status == answer.StatusCode, $"{(int)answer.StatusCode}: {body}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        JsonNode problem = JsonNode.Parse(body)!;
        Assert.Equal((int)status, (int)problem["status"]!);
        Assert.StartsWith("urn:moodpipe:error:PIPE", (string)problem["type"]!, StringComparison.Ordinal);
        Assert.Contains(text, (string)problem["detail"]!, StringComparison.OrdinalIgnoreCase);
        return problem;
    }
}
