using System.Text.Json.Serialization;

namespace Pipeline.TestS3.Faults;

/// <summary>Ways in which a store misbehaves.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FaultAction>))]
public enum FaultAction
{
    /// <summary>Answer 503 SlowDown and do nothing.</summary>
    SlowDown,

    /// <summary>Cut the connection after some bytes of the content, of the request for writes and of the answer for reads.</summary>
    Drop,

    /// <summary>Wait before doing what is asked.</summary>
    Stall,

    /// <summary>Do what is asked and answer 500: the client cannot know.</summary>
    AcceptThenFail,

    /// <summary>Flip one bit of what is sent: of the request's body for writes, framing included, and of the answer's for reads.</summary>
    Corrupt,

    /// <summary>List without the objects that were written after the fault was set.</summary>
    StaleList,

    /// <summary>Write although the request's condition does not hold, as stores without conditional writes do.</summary>
    IgnoreConditions,

    /// <summary>Answer 400 ExpiredToken.</summary>
    ExpireCredentials,
}
