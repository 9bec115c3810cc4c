using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Pipeline.Methods.Tests;

/// <summary>A server on a free loopback port that answers posts to one path.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly WebApplication app;

    public LoopbackServer(string path, Func<HttpContext, Task> answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.MapPost(path, answer);
        app.StartAsync().GetAwaiter().GetResult();
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Endpoint = new Uri(Address, path).ToString();
    }

    public Uri Address { get; }

    public string Endpoint { get; }

    public void Dispose()
    {
        app.StopAsync(new CancellationToken(true)).GetAwaiter().GetResult();
        ((IDisposable)app).Dispose();
    }
}
