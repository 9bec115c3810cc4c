using System.Text.Json.Serialization;

namespace Pipeline.Contracts.Messages;

/// <summary>An order to all workers about a job.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ControlAction>))]
public enum ControlAction
{
    /// <summary>Drop the job's work; results of older epochs no longer count.</summary>
    Cancel,

    /// <summary>Without a job: take nothing from the queues. Of one job: nothing more is dispatched, and what is under way is finished, because its messages stand between those of others.</summary>
    Pause,

    /// <summary>The end of a pause.</summary>
    Resume,

    /// <summary>Finish what is in hand and take nothing more.</summary>
    Drain,
}
