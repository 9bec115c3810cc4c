namespace Pipeline.Methods;

/// <summary>An edit was asked for something that no retry can give: the message says what, where and what to do. Permanent.</summary>
/// <param name="code">Stable code, such as <c>PIPE3101</c>.</param>
/// <param name="message">What is wrong and what to do.</param>
public sealed class EditException(string code, string message) : Exception($"{code}: {message}")
{
    /// <summary>Stable code for ledgers and reports.</summary>
    public string Code { get; } = code;

    internal static EditException Options(string message) => new("PIPE3101", message);

    internal static EditException Request(string message) => new("PIPE3102", message);

    internal static EditException Remote(string message) => new("PIPE3103", message);

    /// <summary>Refuses settings for which a condition does not hold.</summary>
    /// <exception cref="EditException">It does not.</exception>
    internal static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw Options(message);
        }
    }
}
