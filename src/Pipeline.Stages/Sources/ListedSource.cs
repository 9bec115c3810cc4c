namespace Pipeline.Stages.Sources;

/// <summary>A picture that a listing found.</summary>
/// <param name="Uri">Its address: a full path or <c>s3://bucket/key</c>.</param>
/// <param name="Id">Its name: the key below the listed place, extension included; a name longer than a manifest allows is shortened and gets a part of its digest.</param>
/// <param name="Token">What to go on after.</param>
/// <param name="Problem">Why it cannot be used; null when nothing is wrong.</param>
public sealed record ListedSource(string Uri, string Id, string Token, string? Problem);
