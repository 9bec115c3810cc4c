namespace Pipeline.Models.Generation;

/// <summary>The finished texts of one row: the best few by length-normalised score.</summary>
internal sealed class BeamHypotheses(int capacity, double lengthPenalty)
{
    private readonly List<(double Score, int[] Tokens)> _kept = [];

    /// <summary>Whether no running beam can enter any more.</summary>
    public bool Closed { get; private set; }

    /// <summary>The best finished text.</summary>
    public IReadOnlyList<int> Best => _kept.MaxBy(h => h.Score).Tokens;

    /// <summary>Offers a text with <paramref name="length"/> scored tokens; the worst one drops out when there are too many.</summary>
    public void Add(int[] tokens, double logProbability, int length)
    {
        var score = logProbability / Math.Pow(length, lengthPenalty);
        if (_kept.Count == capacity)
        {
            var worst = _kept.MinBy(h => h.Score);
            if (score <= worst.Score)
            {
                return;
            }

            _kept.Remove(worst);
        }

        _kept.Add((score, tokens));
    }

    /// <summary>Closes the row if it is full and the best running beam, were it to end now at <paramref name="length"/>, could not improve it.</summary>
    public void CloseIfHopeless(double bestRunning, int length) =>
        Closed = Closed || (_kept.Count == capacity && _kept.Min(h => h.Score) >= bestRunning / Math.Pow(length, lengthPenalty));
}
