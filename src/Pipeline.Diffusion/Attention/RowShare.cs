using static TorchSharp.torch;

namespace Pipeline.Diffusion.Attention;

/// <summary>From which batch row each row takes its queries, keys and values.</summary>
internal sealed class RowShare(int[] query, int[] key, int[] value) : IDisposable
{
    private readonly Table[] tables = [new(query), new(key), new(value)];

    /// <summary>Whether every row keeps its own.</summary>
    public bool IsIdentity => Array.TrueForAll(tables, t => t.IsIdentity);

    /// <summary>Gathers the rows of three tensors [rows, ...]; a tensor whose table is the identity is returned as it is.</summary>
    public (Tensor Query, Tensor Key, Tensor Value) Apply(Tensor q, Tensor k, Tensor v) => (tables[0].Gather(q), tables[1].Gather(k), tables[2].Gather(v));

    public void Dispose() => Array.ForEach(tables, t => t.Dispose());

    private sealed class Table(int[] rows) : IDisposable
    {
        private Tensor? index;

        public bool IsIdentity { get; } = rows.Select((row, i) => row == i).All(same => same);

        public Tensor Gather(Tensor x)
        {
            if (IsIdentity)
            {
                return x;
            }

            if (x.shape[0] != rows.Length)
            {
                throw new DiffusionException($"the attention call has {x.shape[0]} rows, the branch layout {rows.Length}");
            }

            if (index is null)
            {
                using Tensor host = tensor(Array.ConvertAll(rows, r => (long)r));
                index = host.to(x.device).DetachFromDisposeScope();
            }

            return x.index_select(0, index);
        }

        public void Dispose() => index?.Dispose();
    }
}
