using System.Runtime.InteropServices;

namespace TorchSharp.Native;

/// <summary>
/// OpenMP workers busy-wait between operators by default, which on a shared machine costs up to a hundred times the work itself. libgomp reads its settings when it is loaded,
/// and .NET's own environment is a copy that native code does not see: so this goes through libc, before the engine is loaded, and only where the user has said nothing.
/// </summary>
internal static partial class OpenMpDefaults
{
    public static void Apply()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("GOMP_SPINCOUNT") is null)
        {
            _ = setenv("OMP_WAIT_POLICY", "PASSIVE", 0);
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int setenv(string name, string value, int overwrite);
}
