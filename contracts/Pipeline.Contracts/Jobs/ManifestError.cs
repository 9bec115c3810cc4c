namespace Pipeline.Contracts.Jobs;

/// <summary>Something wrong with a manifest line.</summary>
/// <param name="Line">Line number, from 1.</param>
/// <param name="Code">One of the 10xx codes of <see cref="Errors.ErrorCodes"/>.</param>
/// <param name="Message">What is wrong and what is expected.</param>
public sealed record ManifestError(int Line, string Code, string Message)
{
    /// <inheritdoc />
    public override string ToString() => $"line {Line}: {Message} [{Code}]";
}
