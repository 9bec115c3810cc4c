namespace Pipeline.Cli.Doctor;

/// <summary>Outcome of one check.</summary>
internal enum CheckStatus
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Works, but not well.</summary>
    Warn,

    /// <summary>Will not work.</summary>
    Fail,
}

/// <summary>What a check found.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Status">Verdict.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Remedy">What to do; null when all is well.</param>
internal sealed record CheckResult(string Name, CheckStatus Status, string Detail, string? Remedy = null)
{
    public static CheckResult Ok(string name, string detail) => new(name, CheckStatus.Ok, detail);

    public static CheckResult Warn(string name, string detail, string remedy) => new(name, CheckStatus.Warn, detail, remedy);

    public static CheckResult Fail(string name, string detail, string remedy) => new(name, CheckStatus.Fail, detail, remedy);
}
