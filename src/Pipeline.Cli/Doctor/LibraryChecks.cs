using System.Runtime.InteropServices;

namespace Pipeline.Cli.Doctor;

/// <summary>Are the system's libraries there?</summary>
internal static class LibraryChecks
{
    public static IEnumerable<CheckResult> Run()
    {
#if !IMAGING_ENGINE_IMAGESHARP
        yield return Library("picture codec", "libvips.so.42", "libvips42");
#endif
        yield return Library("job ledger", "libsqlite3.so.0", "libsqlite3-0");
    }

    private static CheckResult Library(string name, string file, string package)
    {
        if (!NativeLibrary.TryLoad(file, out IntPtr handle))
        {
            return CheckResult.Fail(name, $"{file} is not on this system", $"apt-get install {package}");
        }

        NativeLibrary.Free(handle);
        return CheckResult.Ok(name, file);
    }
}
