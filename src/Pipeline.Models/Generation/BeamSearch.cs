using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Generation;

/// <summary>
/// Beam search with length-normalised scores, Σ log p / lengthᵖ, in the variant that published captioners were run with: twice as many candidates as
/// beams are looked at, a candidate that ends is taken only from the first <c>Beams</c> ranks, and a row closes when no running beam can still win.
/// </summary>
public sealed class BeamSearch
{
    // Beams of a row start as copies of one prompt; all but the first must not be chosen in the first step.
    private const float Excluded = -1e9f;

    private readonly BeamSearchOptions _options;
    private readonly IReadOnlySet<int> _stops;
    private readonly int _pad;
    private readonly int _texts;
    private readonly BeamHypotheses[] _finished;
    private float[] _scores;
    private List<int>[] _beams;

    private BeamSearch(int texts, BeamSearchOptions options, IReadOnlySet<int> stops, int pad)
    {
        (_texts, _options, _stops, _pad) = (texts, options, stops, pad);
        _finished = [.. Enumerable.Range(0, texts).Select(_ => new BeamHypotheses(options.Beams, options.LengthPenalty))];
        _scores = [.. Enumerable.Range(0, texts * options.Beams).Select(i => i % options.Beams == 0 ? 0f : Excluded)];
        _beams = [.. _scores.Select(_ => new List<int>())];
    }

    /// <summary>Writes the best text of every row; its end token, where it has one, is included. The state stays the caller's.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> Run(
        IDecodingState state, BeamSearchOptions options, IReadOnlySet<int> stopTokens, int padToken, CancellationToken cancellation = default)
    {
        var search = new BeamSearch(state.Rows, options, options.StopTokens ?? stopTokens, padToken);
        int[] tokens = [];
        for (var step = 0; step < options.MaxNewTokens && !search._finished.All(f => f.Closed); step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var logits = step == 0 ? Begin(state, options.Beams) : state.Step(tokens);        // [texts·beams, vocabulary]
            (tokens, var parents) = search.Advance(logits);
            state.Reorder(parents);
        }

        return search.Finish();
    }

    private static Tensor Begin(IDecodingState state, int beams)
    {
        using var scope = NewDisposeScope();
        var once = state.Start();                                                   // [texts, vocabulary]
        state.Expand(beams);
        return once.unsqueeze(1).expand(-1, beams, -1).reshape(once.shape[0] * beams, once.shape[1]).MoveToOuterDisposeScope();
    }

    /// <summary>Extends every text by one token: what to feed to each beam, and whose text it continues.</summary>
    private (int[] Tokens, int[] Parents) Advance(Tensor logits)
    {
        var (values, indexes, vocabulary) = Candidates(logits);
        var perText = values.Length / _texts;
        var tokens = new int[_scores.Length];
        var parents = new int[_scores.Length];
        var scores = new float[_scores.Length];
        for (var text = 0; text < _texts; text++)
        {
            var beams = new Span<int>(tokens, text * _options.Beams, _options.Beams);
            var from = text * perText;
            FillText(text, values.AsSpan(from, perText), indexes.AsSpan(from, perText), vocabulary, beams, parents, scores);
        }

        _beams = [.. parents.Select((parent, i) => new List<int>(_beams[parent]) { tokens[i] })];
        _scores = scores;
        return (tokens, parents);
    }

    private void FillText(
        int text, ReadOnlySpan<float> values, ReadOnlySpan<long> indexes, long vocabulary, Span<int> tokens, int[] parents, float[] scores)
    {
        var first = text * _options.Beams;
        if (_finished[text].Closed)
        {
            tokens.Fill(_pad);
            Array.Fill(parents, first, first, _options.Beams);
            return;
        }

        var taken = 0;
        for (var rank = 0; rank < values.Length && taken < _options.Beams; rank++)
        {
            var parent = first + (int)(indexes[rank] / vocabulary);
            var token = (int)(indexes[rank] % vocabulary);
            if (_stops.Contains(token))
            {
                if (rank < _options.Beams)
                {
                    _finished[text].Add([.. _beams[parent], token], values[rank], _beams[parent].Count + 1);
                }

                continue;
            }

            (tokens[taken], parents[first + taken], scores[first + taken]) = (token, parent, values[rank]);
            taken++;
        }

        _finished[text].CloseIfHopeless(values[0], _beams[first].Count + 1);
    }

    /// <summary>The likeliest continuations of each text, best first: cumulative log-probability and beam·vocabulary + token.</summary>
    private (float[] Values, long[] Indexes, long Vocabulary) Candidates(Tensor logits)
    {
        using var scope = NewDisposeScope();
        var vocabulary = logits.shape[1];
        var running = tensor(_scores, [_scores.Length, 1], ScalarType.Float32, logits.device);
        var sums = (nn.functional.log_softmax(logits.to(ScalarType.Float32), -1) + running)
            .reshape(_texts, _options.Beams * vocabulary);                          // [texts, beams·vocabulary]
        // Enough that `Beams` candidates remain when every stop token is among them.
        var wanted = Math.Min(Math.Max(2, 1 + _stops.Count) * _options.Beams, sums.shape[1]);
        var (values, indexes) = sums.topk((int)wanted, -1, true, true);
        return (values.ToHost<float>(), indexes.ToHost<long>(), vocabulary);
    }

    private IReadOnlyList<int>[] Finish()
    {
        for (var text = 0; text < _texts; text++)
        {
            for (var beam = 0; beam < _options.Beams && !_finished[text].Closed; beam++)
            {
                var index = (text * _options.Beams) + beam;
                _finished[text].Add([.. _beams[index]], _scores[index], _beams[index].Count);
            }
        }

        return [.. _finished.Select(f => f.Best)];
    }
}
