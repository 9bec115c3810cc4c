using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Pipeline.TestS3.Faults;
using Pipeline.TestS3.Objects;
using Pipeline.TestS3.Operations;

namespace Pipeline.TestS3;

/// <summary>
/// An S3 server for tests and for trying the product without a store: signatures are checked, objects lie on the disk and appear whole or not at all,
/// conditional writes have one winner. On request it misbehaves as stores do (<see cref="FaultPlan"/>). One process per folder.
/// </summary>
public sealed class S3Server : IAsyncDisposable
{
    private readonly WebApplication application;

    private S3Server(WebApplication application, ObjectStorage storage, FaultPlan faults)
    {
        (this.application, Storage, Faults) = (application, storage, faults);
        string address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Endpoint = new Uri(address);
    }

    /// <summary>Where the server listens, for example <c>http://127.0.0.1:40123/</c>.</summary>
    public Uri Endpoint { get; }

    /// <summary>The faults to come; also set by <c>POST /_faults</c>.</summary>
    public FaultPlan Faults { get; }

    /// <summary>The objects, for tests that look behind the protocol.</summary>
    public ObjectStorage Storage { get; }

    /// <summary>Starts a server; it answers when the task ends.</summary>
    public static async Task<S3Server> StartAsync(S3ServerOptions options, CancellationToken cancellation = default)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.AddServerHeader = false;
        }).UseUrls($"http://127.0.0.1:{options.Port}");
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMilliseconds(200));
        WebApplication application = builder.Build();
        var storage = new ObjectStorage(options);
        var faults = new FaultPlan(storage);
        var endpoint = new S3Endpoint(options, storage, faults);
        application.Run(endpoint.HandleAsync);
        await application.StartAsync(cancellation).ConfigureAwait(false);
        return new S3Server(application, storage, faults);
    }

    /// <summary>Stops answering; requests in hand are cut off.</summary>
    public async ValueTask DisposeAsync()
    {
        await application.StopAsync().ConfigureAwait(false);
        await application.DisposeAsync().ConfigureAwait(false);
    }
}
