using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Pipeline.Hosting.Connections;

namespace Pipeline.Hosting.Health;

/// <summary>Answers probes: <c>/health/started</c>, <c>/health/ready</c>, <c>/health/live</c>, each 200 or 503 with the reason as text.</summary>
public sealed class HealthServer : IAsyncDisposable
{
    private readonly WebApplication application;

    private HealthServer(WebApplication application)
    {
        this.application = application;
        Address = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Starts to answer.</summary>
    /// <param name="url">Address to listen on, for example <c>http://0.0.0.0:8080</c>; port 0 takes a free one.</param>
    /// <param name="state">What the probes see.</param>
    /// <exception cref="ConfigurationException">The address cannot be used.</exception>
    public static async Task<HealthServer> StartAsync(string url, HealthState state)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.AddServerHeader = false).UseUrls(url);
        WebApplication application = builder.Build();
        application.Run(context => AnswerAsync(context, state));
        try
        {
            await application.StartAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or FormatException or InvalidOperationException or System.Net.Sockets.SocketException)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw new ConfigurationException($"the address of the health probes '{url}' cannot be used: {e.Message}", e);
        }

        return new HealthServer(application);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await application.StopAsync().ConfigureAwait(false);
        await application.DisposeAsync().ConfigureAwait(false);
    }

    private static Task AnswerAsync(HttpContext context, HealthState state)
    {
        string? problem;
        switch (context.Request.Path.Value)
        {
            case "/health/started":
                problem = state.HasStarted ? null : "the process starts";
                break;
            case "/health/ready":
                problem = state.Readiness();
                break;
            case "/health/live":
                problem = state.Alive();
                break;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }

        context.Response.StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync((problem ?? "ok") + "\n");
    }
}
