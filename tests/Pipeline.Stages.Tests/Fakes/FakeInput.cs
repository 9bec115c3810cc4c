namespace Pipeline.Stages.Tests.Fakes;

/// <summary>What a fake stage has read.</summary>
/// <param name="Text">Digests of all inputs, and the parameters.</param>
/// <param name="Source">The source's text.</param>
internal sealed record FakeInput(string Text, string Source);
