using System.Text.Json;
using Pipeline.Ledger.Sqlite;
using Pipeline.TestKit;

namespace Pipeline.Cli.Tests;

public sealed class SettingsFileTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Store_and_ledger_of_a_settings_file_are_those_of_the_doctor_and_of_the_collection()
    {
        using var folder = new TemporaryFolder();
        await using (var ledger = new SqliteLedger(new SqliteLedgerOptions { Path = folder.File("ledger.db") }))
        {
            Assert.Empty(await ledger.WorkersAsync(default));
        }

        string settings = folder.File("cluster.yaml");
        await File.WriteAllTextAsync(settings, $"store: {folder.File("store")}\nledger: {folder.File("ledger.db")}\ns3:\n  region: eu-1\n");
        MoodpipeProcess.Outcome doctor = await MoodpipeProcess.RunAsync(Limit, "doctor", "storage", "--config", settings, "--json");
        Assert.True(doctor.ExitCode == 0, doctor.ToString());
        MoodpipeProcess.Outcome collection = await MoodpipeProcess.RunAsync(Limit, "gc", "--config", settings, "--json");
        Assert.True(collection.ExitCode == 0, collection.ToString());
        Assert.Equal(0, JsonDocument.Parse(collection.Output).RootElement.GetProperty("keptManifests").GetInt64());
        // The command line wins.
        MoodpipeProcess.Outcome other = await MoodpipeProcess.RunAsync(Limit, "gc", "--config", settings, "--ledger", folder.File("none.db"));
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("none.db does not exist", other.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name the ledger with --ledger", "gc", "--store", "x")]
    [InlineData("name the store with --store", "doctor", "storage")]
    [InlineData("cannot be read", "gc", "--config", "/nowhere/cluster.yaml")]
    public async Task What_nothing_gives_is_asked_for_in_one_line(string message, params string[] arguments)
    {
        MoodpipeProcess.Outcome outcome = await MoodpipeProcess.RunAsync(Limit, arguments);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(message, Assert.Single(outcome.Error.Trim().Split('\n')), StringComparison.Ordinal);
    }
}
