using System.Runtime.InteropServices;

namespace Pipeline.Storage.Folder;

/// <summary>The three things of POSIX that .NET's file API does not promise: linking without replacing, flushing a folder, asking for a process.</summary>
internal static partial class PosixFiles
{
    private const int ErrorPermission = 1;
    private const int ErrorNoProcess = 3;
    private const int ErrorExists = 17;
    private const int ErrorNotSupported = 95;
    private const int OpenFolder = 0x10000; // O_RDONLY | O_DIRECTORY on Linux

    /// <summary>Gives a finished file its final name unless that exists. Atomic; true when this call made the name.</summary>
    public static bool TryLink(string temporary, string final)
    {
        if (link(temporary, final) == 0)
        {
            return true;
        }

        int error = Marshal.GetLastPInvokeError();
        return error switch
        {
            ErrorExists => false,
            // Some file systems have no hard links; renaming without replacing is the same promise.
            ErrorPermission or ErrorNotSupported => TryRename(temporary, final),
            _ => throw new IOException($"cannot link {final}: {Marshal.GetPInvokeErrorMessage(error)}"),
        };
    }

    /// <summary>Makes the names in a folder durable.</summary>
    public static void FlushFolder(string path)
    {
        int handle = open(path, OpenFolder, 0);
        if (handle < 0)
        {
            throw new IOException($"cannot open folder {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }

        try
        {
            if (fsync(handle) != 0)
            {
                throw new IOException($"cannot flush folder {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
            }
        }
        finally
        {
            _ = close(handle);
        }
    }

    /// <summary>Whether a process of this machine is alive.</summary>
    public static bool IsAlive(int pid) => kill(pid, 0) == 0 || Marshal.GetLastPInvokeError() != ErrorNoProcess;

    private static bool TryRename(string temporary, string final)
    {
        const uint noReplace = 1;
        if (renameat2(-100, temporary, -100, final, noReplace) == 0)
        {
            return true;
        }

        int error = Marshal.GetLastPInvokeError();
        return error == ErrorExists ? false : throw new IOException($"cannot rename to {final}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string existing, string added);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat2(int oldFolder, string oldPath, int newFolder, string newPath, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int handle);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int handle);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);
}
