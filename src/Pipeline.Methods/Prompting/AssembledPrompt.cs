namespace Pipeline.Methods.Prompting;

/// <summary>A prompt that fits its encoder.</summary>
/// <param name="Text">The prompt.</param>
/// <param name="Phrases">Where the target phrases of the stimuli stand in it, whole ones only.</param>
/// <param name="DroppedWords">Words that did not fit.</param>
public sealed record AssembledPrompt(string Text, IReadOnlyList<PhraseSpan> Phrases, int DroppedWords);
