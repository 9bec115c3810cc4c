namespace Pipeline.Models.Checkpoints.Pickles;

/// <summary>A name that a pickle refers to. It is only ever compared, never looked up.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    /// <inheritdoc />
    public override string ToString() => $"{Module}.{Name}";
}
