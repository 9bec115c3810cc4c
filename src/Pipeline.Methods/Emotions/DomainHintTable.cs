namespace Pipeline.Methods.Emotions;

/// <summary>The style words of one kind of picture.</summary>
/// <param name="Name">E.g. <c>fashion</c>.</param>
/// <param name="Aliases">Other names for it.</param>
/// <param name="Words">By emotion id: 1 to 8 words or short phrases.</param>
public sealed record DomainHintTable(string Name, IReadOnlyList<string> Aliases, IReadOnlyDictionary<int, IReadOnlyList<string>> Words);
