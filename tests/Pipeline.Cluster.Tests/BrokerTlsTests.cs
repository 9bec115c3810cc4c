using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Net;
using MassTransit;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Hosting.Connections;
using Pipeline.Stages.Messaging;
using Pipeline.TestKit;
using Pipeline.TestServers.Rabbit;

namespace Pipeline.Cluster.Tests;

/// <summary>TLS to a real broker: whom a client trusts, and what it says when it does not.</summary>
public sealed class BrokerTlsTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private static readonly Oid ServerUse = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientUse = new("1.3.6.1.5.5.7.3.2");
    private readonly TemporaryFolder folder = new();
    private RabbitNode node = null!;
    private RabbitTls tls = null!;
    private string vhost = "";

    public async Task InitializeAsync()
    {
        using X509Certificate2 authority = Authority("CN=Moodpipe test authority");
        using X509Certificate2 other = Authority("CN=Somebody else");
        File.WriteAllText(folder.File("ca.pem"), authority.ExportCertificatePem());
        File.WriteAllText(folder.File("other.pem"), other.ExportCertificatePem());
        WriteServer(authority, "server", ServerUse);
        tls = new RabbitTls(folder.File("ca.pem"), folder.File("server.pem"), folder.File("server.key"));
        node = await RabbitNode.StartAsync(new RabbitNodeOptions { Tls = tls });
        vhost = await node.CreateVhostAsync("tls");
    }

    public async Task DisposeAsync()
    {
        await node.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task With_the_authority_given_everything_works_over_TLS_and_without_it_nothing_is_sent()
    {
        BrokerOptions trusted = Options("ca.pem");
        await Topology.DeployAsync(trusted, new TopologyOptions(), default);
        TopologyReport report = await Topology.VerifyAsync(trusted, new TopologyOptions(), default);
        Assert.Empty(report.Differences);
        Assert.Empty(report.Unchecked); // the management API answered, over TLS as well
        var arrived = new TaskCompletionSource<StageWork>();
        IBusControl bus = MessageBus.Create(trusted, "tls", configure => configure.ReceiveEndpoint("moodpipe.edit.bulk", endpoint =>
        {
            endpoint.Apply<StageWork>(work => MessageCheck.Problem(work, "edit"));
            endpoint.Handler<StageWork>(context =>
            {
                arrived.TrySetResult(context.Message);
                return Task.CompletedTask;
            });
        }));
        await bus.StartAsync(new CancellationTokenSource(Limit).Token);
        await bus.SendToAsync(QueueNames.Work("edit", WorkClass.Bulk), MessagingTests.Work(7), default);
        Assert.Equal(7, (await arrived.Task.WaitAsync(Limit)).Picture);
        await bus.StopAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_wrong_authority_a_wrong_name_and_none_at_all_are_each_refused_with_the_reason()
    {
        await RefusedAsync(Options("other.pem"), "issued by 'CN=Moodpipe test authority', is not signed by an authority of broker-ca-file");
        await RefusedAsync(Options(null), "is not signed by an authority that this system trusts");
        await RefusedAsync(Options("ca.pem", serverName: "rabbit.example"), "is not made for 'rabbit.example'");
        MoodpipeProcess.Outcome outcome = await MoodpipeProcess.RunAsync(
            Limit, "topology", "verify", "--broker", Address(), "--broker-management", Management(), "--broker-ca-file", folder.File("other.pem"));
        Assert.True(outcome.ExitCode == 3 && outcome.Error.Contains("is not trusted: its certificate 'CN=broker'", StringComparison.Ordinal), outcome.ToString());
        Assert.Single(outcome.Error.Trim().Split('\n'));
        Assert.DoesNotContain(RabbitNode.Password, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_of_any_node_will_do_and_a_certificate_of_a_client_or_an_expired_one_will_not()
    {
        using X509Certificate2 authority = Authority("CN=Another authority");
        using X509Certificate2 server = WriteServer(authority, "one", ServerUse);
        using X509Certificate2 client = WriteServer(authority, "two", ClientUse);
        using X509Certificate2 old = WriteServer(authority, "three", ServerUse, DateTimeOffset.UtcNow.AddHours(-1));
        var many = new BrokerTls { Authorities = [authority], ServerNames = ["rabbit-1.example", "broker.example", "rabbit-3.example"] };
        const System.Net.Security.SslPolicyErrors Errors = System.Net.Security.SslPolicyErrors.RemoteCertificateChainErrors | System.Net.Security.SslPolicyErrors.RemoteCertificateNameMismatch;
        Assert.True(many.Accepts(server, null, Errors), many.LastProblem);
        Assert.False(many.Accepts(client, null, Errors));
        Assert.False(many.Accepts(old, null, Errors));
        Assert.Contains("or has expired", many.LastProblem, StringComparison.Ordinal);
        Assert.False(many.Accepts(null, null, System.Net.Security.SslPolicyErrors.RemoteCertificateNotAvailable));
    }

    private static async Task RefusedAsync(BrokerOptions options, string reason)
    {
        BrokerException refused = await Assert.ThrowsAsync<BrokerException>(() => Topology.VerifyAsync(options, new TopologyOptions(), default));
        Assert.Equal(ErrorCodes.BrokerRefused, refused.Code);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    private string Address() => $"amqps://{RabbitNode.User}:{RabbitNode.Password}@127.0.0.1:{tls.Port}/{vhost}";

    private string Management() => $"https://127.0.0.1:{tls.ManagementPort}";

    private BrokerOptions Options(string? authorities, string? serverName = null) => BrokerOptions.Read(new SettingsSource(
        name => name switch
        {
            "broker" => Address(),
            "broker-management" => Management(),
            "broker-ca-file" when authorities is not null => folder.File(authorities),
            "broker-server-name" => serverName,
            _ => null,
        },
        null,
        _ => null));

    private static X509Certificate2 Authority(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private X509Certificate2 WriteServer(X509Certificate2 authority, string file, Oid use, DateTimeOffset? end = null)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=broker", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([use], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("broker.example");
        request.CertificateExtensions.Add(names.Build());
        X509Certificate2 certificate = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-20), end ?? DateTimeOffset.UtcNow.AddHours(20), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(folder.File($"{file}.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(folder.File($"{file}.key"), key.ExportPkcs8PrivateKeyPem());
        return certificate;
    }
}
