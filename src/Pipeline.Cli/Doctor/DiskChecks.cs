namespace Pipeline.Cli.Doctor;

/// <summary>Can the output folder be written, and is there room?</summary>
internal static class DiskChecks
{
    private const long LowBytes = 2L << 30;

    public static IEnumerable<CheckResult> Run(string folder)
    {
        string existing = folder;
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
        {
            existing = parent;
        }

        yield return CanWrite(existing)
            ? CheckResult.Ok("output folder", existing)
            : CheckResult.Fail("output folder", $"{existing} cannot be written", "choose another --out or change its permissions");
        DriveInfo drive = new(existing);
        string free = $"{drive.AvailableFreeSpace / (double)(1L << 30):0.0} GiB free on {drive.Name}";
        yield return drive.AvailableFreeSpace >= LowBytes
            ? CheckResult.Ok("disk space", free)
            : CheckResult.Warn("disk space", free, "a job keeps its artefacts: about 3 MB per 512-pixel edit; free some space");
    }

    private static bool CanWrite(string folder)
    {
        string probe = Path.Combine(folder, $".moodpipe-probe-{Environment.ProcessId}");
        try
        {
            File.WriteAllBytes(probe, [1]);
            File.Delete(probe);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
