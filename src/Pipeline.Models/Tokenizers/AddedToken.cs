namespace Pipeline.Models.Tokenizers;

/// <summary>A token that is found in the text literally, before the text is split any other way.</summary>
/// <param name="Text">The literal text.</param>
/// <param name="Id">Its id.</param>
/// <param name="Special">A control token: left out of decoded text on demand.</param>
/// <param name="TrimsLeft">Swallows white space before it.</param>
/// <param name="TrimsRight">Swallows white space after it.</param>
public sealed record AddedToken(string Text, int Id, bool Special = true, bool TrimsLeft = false, bool TrimsRight = false);
