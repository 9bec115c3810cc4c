using Pipeline.Diffusion.Branches;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Attention;

/// <summary>
/// Refine(M_src, M_tgt, M_E), Moodifier's eq. 7, over Prompt-to-Prompt's refinement: outside the stimuli words that both prompts share keep the source's maps (structure and
/// identity), inside them and for new words the target keeps its own.
/// </summary>
/// <remarks>
/// Moodifier: the excerpt states M_E as an argument of Refine without a formula; this is our reading, with A(j), alpha_j of <see cref="TokenAlignment"/>, E_i the mean of M_E over the cell of image
/// token i, and kappa the spatial gate:
/// <code>g_ij = alpha_j (1 - kappa E_i);   M_ij = g_ij M_src[i, A(j)] + (1 - g_ij) M_tgt[i, j]</code>
/// kappa = 0 is refinement of A. Hertz et al., 2022 (arXiv:2208.01626) and what the authors' code computes. Conditional rows only, at all resolutions.
/// </remarks>
public sealed class CrossAttentionRefine : IAttentionControl, IDisposable
{
    private readonly RefineOptions options;
    private readonly Dictionary<int, Plan> plans = []; // by row

    /// <summary>Refines the maps of the given targets.</summary>
    /// <exception cref="DiffusionException">kappa outside [0, 1], or a target without the branch its maps come from.</exception>
    public CrossAttentionRefine(BranchLayout layout, IEnumerable<RefineTarget> targets, RefineOptions options)
    {
        if (options.Kappa is not (>= 0 and <= 1))
        {
            throw new DiffusionException($"the spatial gate kappa must lie in [0, 1], got {options.Kappa}");
        }

        this.options = options;
        foreach (RefineTarget target in targets)
        {
            int from = layout.Partner(target.Branch, options.From == RefineFrom.Source ? BranchKind.Source : BranchKind.Mutual);
            if (from < 0 || layout.Branches[target.Branch].Kind != BranchKind.Target)
            {
                throw new DiffusionException($"branch {target.Branch} cannot be refined from its {options.From} branch: the layout has none");
            }

            plans.Add(layout.Row(target.Branch, GuidanceHalf.Conditional), new Plan(target, layout.Row(from, GuidanceHalf.Conditional), options.Kappa));
        }
    }

    /// <inheritdoc />
    public bool WantsCrossMap(in AttentionCall call) => plans.Count > 0 && options.Window.Contains(call.Step);

    /// <inheritdoc />
    public Tensor OnCrossMap(in AttentionCall call, Tensor map) // [rows, heads, T, L]
    {
        using var scope = NewDisposeScope();
        Tensor[] rows = new Tensor[map.shape[0]];
        for (int row = 0; row < rows.Length; row++)
        {
            Tensor own = map.narrow(0, row, 1); // [1, heads, T, L]
            rows[row] = plans.TryGetValue(row, out Plan? plan) ? Refine(plan, map.narrow(0, plan.FromRow, 1), own, call) : own;
        }

        return cat(rows).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the index and gate tensors.</summary>
    public void Dispose()
    {
        foreach (Plan plan in plans.Values)
        {
            plan.Dispose();
        }
    }

    private Tensor Refine(Plan plan, Tensor source, Tensor own, in AttentionCall call)
    {
        if (own.shape[3] != plan.Length)
        {
            throw new DiffusionException($"{call.Site.Name}: the map has {own.shape[3]} text positions, the token alignment {plan.Length}: align for the length of the context in use");
        }

        Tensor gate = plan.Gate(call.Height, call.Width, own); // [1, 1, T or 1, L]
        Tensor aligned = source.index_select(3, plan.Mapper(own.device)); // [1, heads, T, L]
        Tensor refined = gate * aligned + (1.0 - gate) * own;
        return options.Renormalise ? refined / refined.sum(-1, true) : refined;
    }

    // Index and gates of one target, made once per device, type and grid.
    private sealed class Plan(RefineTarget target, int fromRow, double kappa) : IDisposable
    {
        private readonly Dictionary<(int Height, int Width), Tensor> gates = [];
        private Tensor? mapper;

        public int FromRow => fromRow;

        public int Length => target.Alignment.Length;

        // An unaligned token has alpha 0: which column it points at is of no account, but it must exist.
        public Tensor Mapper(Device device) =>
            mapper ??= OnDevice(tensor(target.Alignment.SourceOf.Select(a => (long)Math.Max(a, 0)).ToArray()), device, ScalarType.Int64);

        public Tensor Gate(int height, int width, Tensor like)
        {
            bool spatial = kappa > 0 && target.Stimulus is not null;
            (int, int) key = spatial ? (height, width) : (0, 0);
            if (!gates.TryGetValue(key, out Tensor? gate))
            {
                using var scope = NewDisposeScope();
                Tensor alpha = tensor(target.Alignment.Alphas()).reshape(1, 1, 1, -1); // [1, 1, 1, L]
                if (spatial)
                {
                    float[] open = Array.ConvertAll(target.Stimulus!.AreaAverage(height, width).Values, e => (float)(1 - kappa * e));
                    alpha = alpha * tensor(open).reshape(1, 1, -1, 1); // [1, 1, T, L]
                }

                gates[key] = gate = OnDevice(alpha, like.device, like.dtype);
            }

            return gate;
        }

        public void Dispose()
        {
            mapper?.Dispose();
            foreach (Tensor gate in gates.Values)
            {
                gate.Dispose();
            }
        }

        private static Tensor OnDevice(Tensor host, Device device, ScalarType dtype)
        {
            Tensor moved = host.to(dtype, device).DetachFromDisposeScope();
            return moved;
        }
    }
}
