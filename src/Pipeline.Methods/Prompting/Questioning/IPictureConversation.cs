namespace Pipeline.Methods.Prompting;

/// <summary>A picture that a model has encoded. Questions do not see one another's answers. One caller at a time.</summary>
public interface IPictureConversation : IDisposable
{
    /// <summary>Answers the questions, each as if it were asked alone. The answers can report attention until the conversation is disposed.</summary>
    IReadOnlyList<IVisualAnswer> Ask(IReadOnlyList<string> questions, AskOptions options, CancellationToken cancellation);
}
