namespace Pipeline.Ledger;

/// <summary>Which dead letters to list.</summary>
public sealed record DeadLetterQuery
{
    /// <summary>Only those of this job; null for all.</summary>
    public string? JobId { get; init; }

    /// <summary>Whether settled ones are left out; default true.</summary>
    public bool OpenOnly { get; init; } = true;

    /// <summary>Only letters with a greater number: where the last page ended.</summary>
    public long After { get; init; }

    /// <summary>Most letters; default 100.</summary>
    public int Limit { get; init; } = 100;
}
