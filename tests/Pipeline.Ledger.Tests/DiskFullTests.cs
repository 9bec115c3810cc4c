using System.Diagnostics;
using Pipeline.TestKit;

namespace Pipeline.Ledger.Tests;

/// <summary>F17: the disk under the ledger file and the artefact folder is full, and writers are killed between batches.</summary>
public sealed class DiskFullTests
{
    [SmallDiskTheory]
    [InlineData("ledger")]
    [InlineData("killed-writers")]
    [InlineData("store")]
    public async Task F17_a_full_disk_tears_nothing_and_work_goes_on_when_there_is_room_again(string scenario)
    {
        using var folder = new TemporaryFolder();
        string[] command =
        [
            .. SmallDiskTheoryAttribute.Namespace, "sh", "-c", "mount -t tmpfs -o size=12m tmpfs \"$1\" || exit 77; exec dotnet \"$2\" disk-full \"$3\" \"$1\"", "sh", folder.Path,
            typeof(DiskFullTests).Assembly.Location, scenario,
        ];
        var start = new ProcessStartInfo("unshare", command) { RedirectStandardError = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}\n{output}\n{await errors}");
        Assert.EndsWith($"{scenario} passed", output.TrimEnd());
    }
}
