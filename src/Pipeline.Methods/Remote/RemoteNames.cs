namespace Pipeline.Methods.Remote;

/// <summary>What the settings of a service are called where its user can change them, for messages.</summary>
/// <param name="Endpoint">Its address.</param>
/// <param name="Timeout">Its time limit.</param>
/// <param name="MaxResponse">The size limit of its answers; null where that is fixed.</param>
internal sealed record RemoteNames(string Endpoint, string Timeout, string? MaxResponse);
