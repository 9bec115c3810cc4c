using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Errors;

namespace Pipeline.Coordinator.Http;

/// <summary>The HTTP API of a coordinator.</summary>
public sealed class CoordinatorServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private CoordinatorServer(WebApplication app) => this.app = app;

    /// <summary>Where it listens, with the port that was taken.</summary>
    public Uri Address => new(app.Urls.First());

    /// <summary>Routes as the server knows them: method and pattern.</summary>
    internal IReadOnlyList<(string Method, string Pattern)> Routes => [.. ((IEndpointRouteBuilder)app).DataSources.SelectMany(d => d.Endpoints).OfType<RouteEndpoint>()
        .SelectMany(e => (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).Select(m => (m, e.RoutePattern.RawText!)))];

    /// <summary>Starts to listen.</summary>
    /// <exception cref="PipelineException">The address cannot be used.</exception>
    public static async Task<CoordinatorServer> StartAsync(CoordinatorService service, ServerOptions options, ILoggerFactory loggers, CancellationToken cancellation)
    {
        ILogger logger = loggers.CreateLogger("Moodpipe.Http");
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelCore().UseUrls(options.Listen.GetLeftPart(UriPartial.Authority)).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Each route has its own limit, so that whoever sends more still gets an answer that says so.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MaxRequestLineSize = 64 << 10;
            // A client that sends a manifest may be slow, but not silent.
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(100, TimeSpan.FromSeconds(30));
        });
        WebApplication app = builder.Build();
        string version = typeof(CoordinatorServer).Assembly.GetName().Version?.ToString(3) ?? "0";
        app.Use(next => context => Problems.RunAsync(context, next.Invoke, logger));
        app.UseRouting();
        foreach (ApiRoute route in new CoordinatorRoutes(service, options, version).All())
        {
            app.MapMethods(route.Path, [route.Method], (RequestDelegate)(context => route.IsOpen || IsAllowed(context, options.Token)
                ? route.Handle(context)
                : RefuseAsync(context)));
        }

        app.MapFallback((RequestDelegate)(context => Problems.WriteAsync(context, 404, ErrorCodes.Parameter, $"there is no {context.Request.Method} {context.Request.Path}; /openapi.json says what there is")));
        try
        {
            await app.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new PipelineException(ErrorCodes.EnvironmentFault, FaultClass.Environment, $"cannot listen on {options.Listen}: {e.Message}; choose another --http", e);
        }

        return new CoordinatorServer(app);
    }

    /// <summary>Takes no new requests and finishes those under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await app.StopAsync().ConfigureAwait(false);
        await app.DisposeAsync().ConfigureAwait(false);
    }

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.WriteAsync(context, 401, ErrorCodes.Parameter, "send the coordinator's token as 'Authorization: Bearer TOKEN' (clients: MOODPIPE_TOKEN or --token-file)");
    }

    private static bool IsAllowed(HttpContext context, string? token)
    {
        if (token is null)
        {
            return true;
        }

        string given = context.Request.Headers.Authorization.ToString();
        const string scheme = "Bearer ";
        return given.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given[scheme.Length..].Trim())), SHA256.HashData(Encoding.UTF8.GetBytes(token)));
    }
}
