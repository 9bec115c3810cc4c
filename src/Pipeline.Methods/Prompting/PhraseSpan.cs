namespace Pipeline.Methods.Prompting;

/// <summary>Characters of a text that a phrase takes up.</summary>
/// <param name="Stimulus">Index of the stimulus whose phrase it is.</param>
/// <param name="Start">First character.</param>
/// <param name="Length">Number of characters.</param>
public readonly record struct PhraseSpan(int Stimulus, int Start, int Length)
{
    /// <summary>The character after the last one.</summary>
    public int End => Start + Length;
}
