using System.Text.RegularExpressions;

namespace Pipeline.TestS3.Faults;

/// <summary>A fault that waits for its requests.</summary>
internal sealed class ArmedFault(Fault fault, IReadOnlyDictionary<string, long> marks)
{
    private readonly Regex match = new(fault.Match, RegexOptions.NonBacktracking);
    private int seen;

    public Fault Fault { get; } = fault;

    /// <summary>Number of writes of each bucket when the fault was set.</summary>
    public IReadOnlyDictionary<string, long> Marks { get; } = marks;

    public int Hits => Math.Clamp(Volatile.Read(ref seen) - Fault.After, 0, Fault.Count);

    public bool Takes(string request)
    {
        if (!match.IsMatch(request))
        {
            return false;
        }

        int number = Interlocked.Increment(ref seen);
        return number > Fault.After && number <= Fault.After + Fault.Count;
    }
}
