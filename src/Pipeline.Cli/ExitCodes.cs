namespace Pipeline.Cli;

/// <summary>What the process tells its caller. The same numbers for every command; printed in <c>--help</c>.</summary>
public static class ExitCodes
{
    /// <summary>Everything asked for was done.</summary>
    public const int Done = 0;

    /// <summary>The command ran to its end, but some items failed (see the report).</summary>
    public const int ItemsFailed = 1;

    /// <summary>The command line or a file it names is wrong; nothing was started.</summary>
    public const int Usage = 2;

    /// <summary>The machine lacks something: a library, a model, disk space.</summary>
    public const int Environment = 3;

    /// <summary>A quality gate was not met.</summary>
    public const int QualityGate = 4;

    /// <summary>The device failed in a way that only a new process heals: start the command again.</summary>
    public const int DeviceLost = 5;

    /// <summary>A server that the command needs does not answer.</summary>
    public const int Unreachable = 6;

    /// <summary>Stopped by a signal; the same command goes on.</summary>
    public const int Interrupted = 130;
}
