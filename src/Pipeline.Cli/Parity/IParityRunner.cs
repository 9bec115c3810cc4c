namespace Pipeline.Cli.Parity;

/// <summary>
/// Runs one kind of reference case through the product's own code and compares every expected value. An expected tensor that a runner neither
/// compares nor skips with a reason fails the case.
/// </summary>
public interface IParityRunner
{
    /// <summary>Short name of the kind, for reports: <c>clip</c>, <c>unet</c>, <c>tokenizer</c>.</summary>
    string Kind { get; }

    /// <summary>
    /// True when this runner can run the case. Looks at the folder's files and at meta.json, not at sizes, seeds or exact names, and opens no model.
    /// </summary>
    bool Recognises(ParityCase reference);

    /// <summary>Computes and compares, one row at a time. An exception fails the case and is reported with its message.</summary>
    IEnumerable<TensorComparison> Run(ParityCase reference);
}
