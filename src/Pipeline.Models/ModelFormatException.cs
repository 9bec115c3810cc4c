namespace Pipeline.Models;

/// <summary>
/// A model file, configuration or vocabulary is not what this program can read: damaged, incomplete, of another kind, or hostile.
/// The message says what is wrong, in which file and at which key, and what to do. Permanent: the same files fail again.
/// </summary>
public sealed class ModelFormatException : Exception
{
    /// <summary>Creates the exception with a message that names the file.</summary>
    public ModelFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message that names the file, and the error it came from.</summary>
    public ModelFormatException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
