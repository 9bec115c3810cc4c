namespace Pipeline.Coordinator.Http;

/// <summary>Statuses in words.</summary>
internal static class Reasons
{
    public static string Of(int status) => status switch
    {
        200 => "Done",
        201 => "Created",
        202 => "Accepted",
        400 => "The request is wrong",
        401 => "The token is missing or wrong",
        404 => "There is no such thing",
        405 => "The address does not take this method",
        409 => "This does not fit the state that the thing is in",
        411 => "The length is needed",
        413 => "Too large",
        415 => "The body has the wrong type",
        422 => "The manifest cannot be used",
        503 => "Not now",
        _ => "The coordinator failed",
    };
}
