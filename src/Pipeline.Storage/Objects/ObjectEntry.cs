namespace Pipeline.Storage.Objects;

/// <summary>An object in a listing.</summary>
/// <param name="Key">Key below the address of the space. Not checked: a bucket may hold any text.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Modified">When it was written or renewed, UTC.</param>
public readonly record struct ObjectEntry(string Key, long Size, DateTimeOffset Modified);
