using System.Text.Json;
using MassTransit;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.TestKit;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Contracts.Tests;

public sealed class SchemaTests
{
    private static readonly Type[] Messages = [typeof(StageWork), typeof(StageResult), typeof(JobControl), typeof(WorkerBeat)];

    public static TheoryData<string> SchemaNames => [.. ContractSchemas.Types.Keys];

    [Theory]
    [MemberData(nameof(SchemaNames))]
    public void The_published_schema_is_the_one_of_the_record(string name) =>
        Snapshot.Matches(ContractSchemas.Generate(name), "contracts", "schemas", $"{name}.schema.json");

    [Fact]
    public void The_parser_knows_exactly_the_keys_of_the_schema()
    {
        using JsonDocument schema = JsonDocument.Parse(ContractSchemas.Generate("job-line"));
        IEnumerable<string> keys = schema.RootElement.GetProperty("properties").EnumerateObject().Select(p => p.Name);
        Assert.Equal(keys.Order(StringComparer.Ordinal), JobLineParser.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_schema_file_is_left_over()
    {
        IEnumerable<string> files = Directory.GetFiles(Path.Combine(Fixtures.RepositoryRoot, "contracts", "schemas")).Select(f => Path.GetFileName(f)!);
        Assert.Equal(ContractSchemas.Types.Keys.Select(n => $"{n}.schema.json").Order(StringComparer.Ordinal), files.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void AsyncApi_lists_every_queue_and_message_with_its_urn_and_schema()
    {
        YamlMappingNode root = LoadAsyncApi();
        var channels = (YamlMappingNode)root["channels"];
        IEnumerable<string> addresses = channels.Children.Values.Select(c => ((YamlScalarNode)c["address"]).Value!);
        Assert.Equal(QueueNames.All().Order(StringComparer.Ordinal), addresses.Order(StringComparer.Ordinal));

        var messages = (YamlMappingNode)root["components"]["messages"];
        Assert.Equal(Messages.Select(m => m.Name).Order(StringComparer.Ordinal), messages.Children.Keys.Select(k => ((YamlScalarNode)k).Value!).Order(StringComparer.Ordinal));
        foreach (Type type in Messages)
        {
            YamlNode message = messages[type.Name];
            Assert.Equal(MessageUrn.ForTypeString(type), ((YamlScalarNode)message["name"]).Value);
            string reference = ((YamlScalarNode)message["payload"]["$ref"]).Value!;
            Assert.Equal(type, ContractSchemas.Types[Path.GetFileName(reference).Replace(".schema.json", "", StringComparison.Ordinal)]);
            Assert.True(File.Exists(Path.Combine(Fixtures.RepositoryRoot, "contracts", reference)));
        }
    }

    [Fact]
    public void Message_urns_are_fixed_and_do_not_contain_clr_names()
    {
        Assert.Equal("urn:message:moodpipe:stage-work:1", MessageUrn.ForTypeString<StageWork>());
        Assert.Equal("urn:message:moodpipe:stage-result:1", MessageUrn.ForTypeString<StageResult>());
        Assert.Equal("urn:message:moodpipe:job-control:1", MessageUrn.ForTypeString<JobControl>());
        Assert.Equal("urn:message:moodpipe:worker-beat:1", MessageUrn.ForTypeString<WorkerBeat>());
    }

    private static YamlMappingNode LoadAsyncApi()
    {
        using var reader = new StreamReader(Path.Combine(Fixtures.RepositoryRoot, "contracts", "asyncapi.yaml"));
        var yaml = new YamlStream();
        yaml.Load(reader);
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }
}
