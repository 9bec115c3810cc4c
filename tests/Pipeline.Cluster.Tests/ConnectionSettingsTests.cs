using Pipeline.Hosting.Connections;
using Pipeline.TestKit;

namespace Pipeline.Cluster.Tests;

/// <summary>Settings of connections: where a value comes from, and one clear message for each mistake.</summary>
public sealed class ConnectionSettingsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void The_command_line_wins_over_the_environment_and_both_over_the_file()
    {
        File.WriteAllText(folder.File("c.yaml"), "broker:\n  uri: amqp://file/v\n  heartbeat: 7\n  user: filer\n  password: s3cret\nstore: s3://b/p\nledger: \"postgres://db/m\"\n");
        var environment = new Dictionary<string, string> { ["MOODPIPE_BROKER"] = "amqp://environment/v", ["MOODPIPE_STORE"] = "/data" };
        var settings = new SettingsSource(name => name == "broker" ? "amqp://line/v" : null, folder.File("c.yaml"), environment.GetValueOrDefault);
        BrokerOptions broker = BrokerOptions.Read(settings);
        Assert.Equal([new BrokerNode("line", 5672)], broker.Nodes);
        Assert.Equal(("v", "filer", "s3cret", 7.0), (broker.VirtualHost, broker.User, broker.Password, broker.Heartbeat.TotalSeconds));
        Assert.Equal("/data", settings.Find("store"));
        Assert.Equal("postgres://db/m", settings.Find("ledger"));
        Assert.Equal([new Uri("http://line:15672/")], broker.Management);
        Assert.DoesNotContain("s3cret", broker.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_come_from_files_and_never_from_the_command_line()
    {
        File.WriteAllText(folder.File("password"), "from file\nsecond line\n");
        var settings = new SettingsSource(
            name => name switch { "broker" => "amqps://user@broker.example:5999/a%2Fb", "broker-password-file" => folder.File("password"), "broker-password" => "from the line", _ => null }, null, _ => null);
        BrokerOptions broker = BrokerOptions.Read(settings);
        Assert.Equal(("user", "from file", "a/b"), (broker.User, broker.Password, broker.VirtualHost));
        Assert.Equal([new BrokerNode("broker.example", 5999)], broker.Nodes);
        Assert.NotNull(broker.Tls);
        Assert.Equal(["broker.example"], broker.Tls.ServerNames);
        Assert.Equal([new Uri("https://broker.example:15671/")], broker.Management);
    }

    [Fact]
    public void Several_nodes_stand_between_commas_and_each_has_its_management_API()
    {
        BrokerOptions broker = Of("amqps://me:pass@one.example,two.example:5999,[::1]/v");
        Assert.Equal([new BrokerNode("one.example", 5671), new BrokerNode("two.example", 5999), new BrokerNode("::1", 5671)], broker.Nodes);
        Assert.Equal(["https://one.example:15671/", "https://two.example:15671/", "https://[::1]:15671/"], broker.Management.Select(a => a.AbsoluteUri));
        Assert.Equal(["one.example", "two.example", "::1"], broker.Tls!.ServerNames);
        Assert.Equal(("me", "pass", "v", "amqps://one.example:5671,two.example:5999,[::1]:5671/v"), (broker.User, broker.Password, broker.VirtualHost, $"{broker}"));
        Assert.Equal(["http://one:1/", "http://two:2/"], Of("amqp://one,two/v", "http://one:1,http://two:2").Management.Select(a => a.AbsoluteUri));

        static BrokerOptions Of(string address, string? management = null) =>
            BrokerOptions.Read(new SettingsSource(name => name switch { "broker" => address, "broker-management" => management, _ => null }, null, _ => null));
    }

    [Theory]
    [InlineData("amqp://one,/v", "between the commas")]
    [InlineData("amqp://one,two:x/v", "between the commas")]
    [InlineData("amqp://,two/v", "amqp://HOST")]
    [InlineData("", "name the broker")]
    [InlineData("rabbit.example", "amqp://HOST")]
    [InlineData("http://u:hidden@h/v", "amqp://HOST")]
    [InlineData("amqp://h/a/b", "%2F")]
    [InlineData("amqp://u@h/v", "no password")]
    [InlineData("amqp://h/v?heartbeat=1", "amqp://HOST")]
    public void A_wrong_address_is_one_clear_message(string address, string expected)
    {
        ConfigurationException error = Assert.Throws<ConfigurationException>(() => BrokerOptions.Read(new SettingsSource(name => name == "broker" ? address : null, null, _ => null)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_files_and_numbers_are_named()
    {
        File.WriteAllText(folder.File("bad.yaml"), "broker: [1, 2\n");
        Assert.Contains("neither JSON nor YAML", Assert.Throws<ConfigurationException>(() => new SettingsSource(null, folder.File("bad.yaml"))).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.File("list.json"), "[1,2]");
        Assert.Contains("name: value", Assert.Throws<ConfigurationException>(() => new SettingsSource(null, folder.File("list.json"))).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<ConfigurationException>(() => new SettingsSource(null, folder.File("absent"))).Message, StringComparison.Ordinal);
        File.WriteAllBytes(folder.File("empty"), []);
        var settings = new SettingsSource(name => name == "broker-password-file" ? folder.File("empty") : name == "broker-heartbeat" ? "soon" : null, null, _ => null);
        Assert.Contains("is empty", Assert.Throws<ConfigurationException>(() => settings.FindSecret("broker-password")).Message, StringComparison.Ordinal);
        Assert.Contains("from 1 to 600", Assert.Throws<ConfigurationException>(() => settings.Number("broker-heartbeat", 10, 1, 600)).Message, StringComparison.Ordinal);
        Assert.Contains("broker-ca-file", Assert.Throws<ConfigurationException>(() => BrokerOptions.Read(new SettingsSource(
            name => name switch { "broker" => "amqps://h/v", "broker-ca-file" => folder.File("absent"), _ => null }, null, _ => null))).Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();
}
