using System.Diagnostics;

namespace Pipeline.Ledger.Tests;

/// <summary>A theory that needs a small file system of its own; shown as skipped where the process may mount none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SmallDiskTheoryAttribute : TheoryAttribute
{
    /// <summary>Arguments of <c>unshare</c> for a mount that only one process family sees: with a user namespace where the tests do not run as root.</summary>
    public static IReadOnlyList<string> Namespace { get; } = Environment.IsPrivilegedProcess ? ["--mount"] : ["--user", "--map-root-user", "--mount"];

    private static readonly Lazy<bool> CanMount = new(() => Succeeds([.. Namespace, "sh", "-c", "mount -t tmpfs -o size=64k tmpfs /mnt"]));

    /// <summary>Tries once.</summary>
    public SmallDiskTheoryAttribute()
    {
        if (!CanMount.Value)
        {
            Skip = "this process may not mount a small file system (in a container: --cap-add SYS_ADMIN)";
        }
    }

    private static bool Succeeds(string[] arguments)
    {
        try
        {
            using Process probe = Process.Start(new ProcessStartInfo("unshare", arguments) { RedirectStandardError = true })!;
            probe.WaitForExit();
            return probe.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // there is no such program
        }
    }
}
