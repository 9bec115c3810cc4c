using System.CommandLine;
using System.Text.RegularExpressions;
using Pipeline.Cli.Commands;
using Pipeline.TestKit;

namespace Pipeline.Cli.Tests;

/// <summary>The page on clusters names every option of the commands that it speaks of, and none that they do not have.</summary>
public sealed partial class ClusterPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Fixtures.RepositoryRoot, "docs", "cluster.md"));

    private static readonly Command[] Spoken = [ServeCommand.Create(), WorkerCommand.Create(), TopologyCommand.Create(), SubmitCommand.Create(), PlanCommand.Create(), .. JobCommands.Create()];

    public static TheoryData<string> Commands => [.. Spoken.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_option_is_on_the_page(string command)
    {
        HashSet<string> named = Named();
        string[] missing = [.. Options(Spoken.Single(c => c.Name == command)).Where(o => !named.Contains(o))];
        Assert.True(missing.Length == 0, $"docs/cluster.md says nothing of {string.Join(", ", missing)} of {command}");
    }

    [Fact]
    public void Every_option_on_the_page_exists()
    {
        HashSet<string> known = [.. Spoken.Append(ExportCommand.Create()).SelectMany(Options)];
        Assert.NotEmpty(Named());
        Assert.Empty(Named().Except(known));
    }

    private static HashSet<string> Named() => [.. OptionName().Matches(Page).Select(m => m.Value)];

    private static IEnumerable<string> Options(Command command) => command.Options.Select(o => o.Name).Where(n => n.StartsWith("--", StringComparison.Ordinal)).Concat(command.Subcommands.SelectMany(Options));

    [GeneratedRegex("(?<![-a-z])--[a-z][a-z0-9-]*")]
    private static partial Regex OptionName();
}
