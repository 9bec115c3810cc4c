using System.Text.Json.Serialization;

namespace Pipeline.Contracts.Messages;

/// <summary>An order to all workers about a job.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ControlAction>))]
public enum ControlAction
{
    /// <summary>Drop the job's work; results of older epochs no longer count.</summary>
    Cancel,

    /// <summary>Leave the job's work in the queues.</summary>
    Pause,

    /// <summary>Take the job's work again.</summary>
    Resume,

    /// <summary>Finish what is in hand and take nothing more.</summary>
    Drain,
}
