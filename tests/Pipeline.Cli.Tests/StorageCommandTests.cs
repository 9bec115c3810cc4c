using System.Diagnostics;
using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Ledger.Sqlite;
using Pipeline.Storage;
using Pipeline.TestKit;

namespace Pipeline.Cli.Tests;

public sealed class StorageCommandTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task The_server_of_dev_s3_passes_the_doctor_and_ends_on_a_signal()
    {
        using var folder = new TemporaryFolder();
        using Process server = MoodpipeProcess.Start("dev", "s3", "--folder", folder.File("objects"), "--bucket", "first", "--bucket", "second");
        try
        {
            string? line = await server.StandardOutput.ReadLineAsync();
            Assert.StartsWith("export MOODPIPE_S3_ENDPOINT=http://127.0.0.1:", line, StringComparison.Ordinal);
            string endpoint = line!.Split('=')[1];
            using Process doctor = Started("doctor", "storage", "--store", "s3://second/place", "--s3-endpoint", endpoint, "--json");
            string output = await doctor.StandardOutput.ReadToEndAsync();
            Assert.True(doctor.WaitForExit(Limit));
            Assert.True(doctor.ExitCode == 0, output);
            JsonElement[] checks = [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
            Assert.Contains(checks, c => c.GetProperty("name").GetString() == "conditional write");
            Assert.All(checks, c => Assert.Equal("ok", c.GetProperty("status").GetString()));

            using Process lost = Started("doctor", "storage", "--store", "s3://third", "--s3-endpoint", endpoint);
            string table = await lost.StandardOutput.ReadToEndAsync();
            Assert.True(lost.WaitForExit(Limit));
            Assert.Equal(3, lost.ExitCode);
            Assert.Contains("create the bucket", table, StringComparison.Ordinal);

            using var signal = Process.Start("kill", ["-TERM", $"{server.Id}"]);
            Assert.True(server.WaitForExit(Limit));
            Assert.Equal(0, server.ExitCode);
        }
        finally
        {
            if (!server.HasExited)
            {
                server.Kill();
            }
        }
    }

    [Theory]
    [InlineData("doctor", "storage", "--store", "s3://b/../c")]
    [InlineData("doctor", "storage", "--store", "s3://bucket", "--s3-endpoint", "not-an-address")]
    public async Task An_address_that_cannot_be_used_is_refused_with_one_line(params string[] arguments)
    {
        MoodpipeProcess.Outcome outcome = await MoodpipeProcess.RunAsync(Limit, arguments);
        Assert.Equal(3, outcome.ExitCode);
        Assert.Single(outcome.Error.Trim().Split('\n'));
    }

    [Fact]
    public async Task Garbage_is_counted_first_and_deleted_only_when_told()
    {
        using var folder = new TemporaryFolder();
        await using (var ledger = new SqliteLedger(new SqliteLedgerOptions { Path = folder.File("ledger.db") }))
        {
            BlobRef blob = await ArtefactStores.Open(folder.File("store")).PutBlobAsync("garbage"u8.ToArray(), "x", default);
            File.SetLastWriteTimeUtc(folder.File($"store/blob/sha256/{blob.Sha256[..2]}/{blob.Sha256}"), DateTime.UtcNow.AddDays(-9));
        }

        string[] gc = ["gc", "--store", folder.File("store"), "--ledger", folder.File("ledger.db")];
        MoodpipeProcess.Outcome dry = await MoodpipeProcess.RunAsync(Limit, gc);
        Assert.True(dry.ExitCode == 0, dry.ToString());
        Assert.Contains("0 manifests, 1 other objects", dry.Output, StringComparison.Ordinal);
        Assert.Contains("dry run", dry.Output, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(folder.File("store"), "*", SearchOption.AllDirectories));

        MoodpipeProcess.Outcome refused = await MoodpipeProcess.RunAsync(Limit, [.. gc, "--apply", "--grace-hours", "1"]);
        Assert.Equal(2, refused.ExitCode);
        MoodpipeProcess.Outcome missing = await MoodpipeProcess.RunAsync(Limit, "gc", "--store", folder.File("store"), "--ledger", folder.File("none.db"), "--apply", "--settle-hours", "0");
        Assert.Equal(2, missing.ExitCode);
        Assert.Single(Directory.GetFiles(folder.File("store/blob"), "*", SearchOption.AllDirectories));

        MoodpipeProcess.Outcome done = await MoodpipeProcess.RunAsync(Limit, [.. gc, "--apply", "--settle-hours", "0", "--json"]);
        Assert.True(done.ExitCode == 0, done.ToString());
        Assert.Equal(1, JsonDocument.Parse(done.Output).RootElement.GetProperty("deleted").GetInt64());
        Assert.Empty(Directory.GetFiles(folder.File("store/blob"), "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("--accept", "clip")]
    [InlineData("--split", "train=0.5")]
    [InlineData("--format", "zip")]
    [InlineData("--near-duplicates", "40")]
    [InlineData("--keep-best", "clip")]
    public async Task An_export_that_cannot_be_meant_is_refused(string option, string value)
    {
        MoodpipeProcess.Outcome outcome = await MoodpipeProcess.RunAsync(Limit, "export", "--from", "nowhere", "--to", "elsewhere", option, value);
        Assert.Equal(2, outcome.ExitCode);
        Assert.StartsWith("moodpipe: ", outcome.Error, StringComparison.Ordinal);
    }

    private static Process Started(params string[] arguments)
    {
        var start = new ProcessStartInfo(MoodpipeProcess.Executable, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["MOODPIPE_S3_ACCESS_KEY"] = "test-access";
        start.Environment["MOODPIPE_S3_SECRET_KEY"] = "test-secret";
        start.Environment["NO_COLOR"] = "1";
        return Process.Start(start)!;
    }
}
