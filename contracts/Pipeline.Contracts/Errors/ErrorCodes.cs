namespace Pipeline.Contracts.Errors;

/// <summary>Stable error codes. A code is never reused for another meaning.</summary>
public static class ErrorCodes
{
    // 10xx: the job manifest

    /// <summary>A manifest line is not a JSON object.</summary>
    public const string ManifestSyntax = "PIPE1001";

    /// <summary>A field of a manifest line is missing, of the wrong kind or out of range.</summary>
    public const string ManifestField = "PIPE1002";

    /// <summary>A manifest line has a key that strict reading does not know.</summary>
    public const string ManifestUnknownKey = "PIPE1003";

    /// <summary>The same (id, emotion, variant) twice in a manifest.</summary>
    public const string ManifestDuplicate = "PIPE1004";

    /// <summary>A manifest line is longer than the limit.</summary>
    public const string ManifestLineTooLong = "PIPE1005";

    /// <summary>A manifest line is not UTF-8.</summary>
    public const string ManifestEncoding = "PIPE1006";

    // 11xx: source pictures

    /// <summary>The source does not exist.</summary>
    public const string SourceMissing = "PIPE1101";

    /// <summary>The source exists but may not be read or is not a file.</summary>
    public const string SourceUnreadable = "PIPE1102";

    /// <summary>The source's digest differs from the one the manifest declares.</summary>
    public const string SourceDigest = "PIPE1103";

    /// <summary>The source is larger than the limit, in bytes or pixels.</summary>
    public const string SourceTooLarge = "PIPE1104";

    /// <summary>The source is not a picture that can be decoded.</summary>
    public const string SourceUndecodable = "PIPE1105";

    // 12xx: parameters

    /// <summary>A parameter is unknown or impossible for this method.</summary>
    public const string Parameter = "PIPE1201";

    /// <summary>The method is unknown.</summary>
    public const string UnknownMethod = "PIPE1202";

    /// <summary>The emotion is unknown.</summary>
    public const string UnknownEmotion = "PIPE1203";

    // 13xx: artefacts

    /// <summary>An artefact that should be in the store is not.</summary>
    public const string ArtefactMissing = "PIPE1301";

    /// <summary>A stored artefact's bytes do not match its digest.</summary>
    public const string ArtefactCorrupt = "PIPE1302";

    /// <summary>A stored manifest or message has a layout that this version cannot read.</summary>
    public const string ArtefactFormat = "PIPE1303";

    // 14xx: computation

    /// <summary>A defect showed: an assertion, a shape that does not fit, an unexpected exception.</summary>
    public const string Logic = "PIPE1401";

    /// <summary>Out of device memory even alone.</summary>
    public const string OutOfMemory = "PIPE1402";

    /// <summary>The item took longer than the stage's limit.</summary>
    public const string Deadline = "PIPE1403";

    /// <summary>The worker process died on this item, more than once.</summary>
    public const string Crash = "PIPE1404";

    // 15xx: environment

    /// <summary>A model is missing or not readable.</summary>
    public const string ModelMissing = "PIPE1501";

    /// <summary>No space, no permission, no device.</summary>
    public const string EnvironmentFault = "PIPE1502";

    /// <summary>The device failed in a way that only a new process heals.</summary>
    public const string DeviceLost = "PIPE1503";

    // 16xx: faults of the world

    /// <summary>Input or output failed and may succeed later.</summary>
    public const string TransientIo = "PIPE1601";

    // 17xx: ledger

    /// <summary>The ledger cannot be opened, read or written.</summary>
    public const string Ledger = "PIPE1701";

    /// <summary>The ledger was written by a newer version.</summary>
    public const string LedgerVersion = "PIPE1702";

    // 18xx: connections

    /// <summary>A setting of a connection is missing or impossible.</summary>
    public const string Configuration = "PIPE1801";

    /// <summary>The broker does not answer.</summary>
    public const string BrokerUnreachable = "PIPE1802";

    /// <summary>The broker refuses this user.</summary>
    public const string BrokerRefused = "PIPE1803";

    /// <summary>Queues, bindings or policies of the broker are missing or different.</summary>
    public const string BrokerTopology = "PIPE1804";

    /// <summary>A message cannot be used: malformed, too large, or not for this stage.</summary>
    public const string Message = "PIPE1805";
}
