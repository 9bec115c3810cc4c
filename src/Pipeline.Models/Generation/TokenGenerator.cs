namespace Pipeline.Models.Generation;

/// <summary>Greedy decoding and sampling over any <see cref="IDecodingState"/>.</summary>
public static class TokenGenerator
{
    /// <summary>
    /// Writes until every row has ended or the limit is reached. A row ends with the first of its stop tokens, which is part of the result; rows that
    /// ended are fed <paramref name="padToken"/> while others go on. The state stays the caller's.
    /// </summary>
    /// <param name="state">Model and prompts, not started yet.</param>
    /// <param name="options">Rule of choice and limits; its stop tokens, where given, replace <paramref name="stopTokens"/>.</param>
    /// <param name="stopTokens">The model's own stop tokens.</param>
    /// <param name="padToken">What ended rows are fed.</param>
    /// <param name="observer">Optional view on the logits of each step.</param>
    /// <param name="cancellation">Checked before every step.</param>
    /// <returns>New tokens by row, without padding.</returns>
    public static IReadOnlyList<IReadOnlyList<int>> Run(
        IDecodingState state,
        GenerationOptions options,
        IReadOnlySet<int> stopTokens,
        int padToken,
        IGenerationObserver? observer = null,
        CancellationToken cancellation = default)
    {
        var stops = options.StopTokens ?? stopTokens;
        var written = Enumerable.Range(0, state.Rows).Select(_ => new List<int>()).ToArray();
        var ended = new bool[written.Length];
        var chooser = new TokenChooser(options, written.Length);
        int[] chosen = [];
        for (var step = 0; step < options.MaxNewTokens && !ended.All(e => e); step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var logits = step == 0 ? state.Start() : state.Step(chosen);      // [rows, vocabulary]
            observer?.OnLogits(step, logits);
            chosen = chooser.Choose(logits);
            for (var row = 0; row < chosen.Length; row++)
            {
                if (ended[row])
                {
                    chosen[row] = padToken;
                    continue;
                }

                written[row].Add(chosen[row]);
                ended[row] = stops.Contains(chosen[row]);
                options.OnToken?.Invoke(row, chosen[row]);
            }
        }

        return written;
    }
}
