using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>Sums one row's self-attention maps, first query only, over layers of the down and up path, heads and steps.</summary>
internal sealed class SelfMapRecorder(int row) : IAttentionControl, IDisposable
{
    private Tensor? sum;
    private int count;

    public bool WantsSelfMap(in AttentionCall call) => call.Site.Place != AttentionPlace.Mid;

    public Tensor OnSelfMap(in AttentionCall call, Tensor map) // [rows, heads, T, T]
    {
        using var scope = NewDisposeScope();
        Tensor first = map.narrow(0, row, 1).narrow(2, 0, 1).mean([0L, 1L, 2L]); // [T]
        Tensor next = sum is null ? first : sum + first;
        sum?.Dispose();
        sum = next.DetachFromDisposeScope();
        count++;
        return map;
    }

    /// <summary>The mean [T].</summary>
    public Tensor FirstQuery() => sum! / (double)count;

    public void Dispose() => sum?.Dispose();
}
