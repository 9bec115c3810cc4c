using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Sampling;

/// <summary>Pictures whose branches share every UNet call. They need the same timesteps, latent size and text length.</summary>
public sealed class EditBatch : IDisposable
{
    private readonly Tensor context; // [rows, L, X]
    private readonly bool[] withoutSource;

    /// <summary>Lays out the branches and stacks their text.</summary>
    /// <param name="groups">The pictures.</param>
    /// <param name="sourceReadUntil">First step from which no control reads the source's rows; they are then left out where <see cref="EditGroup.Source"/> knows them. By default there is none.</param>
    /// <exception cref="DiffusionException">The groups do not fit together, or a branch lacks its unconditional text.</exception>
    public EditBatch(IReadOnlyList<EditGroup> groups, int sourceReadUntil = int.MaxValue)
    {
        Groups = groups;
        Layout = new BranchLayout(groups.SelectMany((g, i) => g.Branches.Select(b => new Branch(i, b.Kind, b.Target, b.GuidanceScale, b.KeepUnconditional))));
        Timesteps = groups[0].Trajectory.Timesteps;
        foreach (EditGroup group in groups)
        {
            if (!group.Trajectory.Timesteps.SequenceEqual(Timesteps))
            {
                throw new DiffusionException("pictures in one batch need the same timesteps");
            }

            if (group.Branches[0].Kind != BranchKind.Source)
            {
                throw new DiffusionException("the first branch of a group must be its source");
            }
        }

        context = Stack(null);
        withoutSource = [.. Enumerable.Range(0, Timesteps.Count).Select(k => k >= sourceReadUntil && groups.All(g => g.Source?.At(k) is not null))];
        SourceRows = Rows(BranchKind.Source);
        OtherRows = [.. Enumerable.Range(0, Layout.Rows.Count).Except(SourceRows)];
    }

    /// <summary>The pictures.</summary>
    public IReadOnlyList<EditGroup> Groups { get; }

    /// <summary>Which row of a UNet call is which branch.</summary>
    public BranchLayout Layout { get; }

    /// <summary>The common timesteps.</summary>
    public IReadOnlyList<int> Timesteps { get; }

    /// <summary>UNet sample-forwards of the whole run.</summary>
    public long SampleForwards => ForwardsUntil(Timesteps.Count);

    /// <summary>UNet sample-forwards of the first <paramref name="steps"/> steps.</summary>
    public long ForwardsUntil(int steps) => withoutSource.Take(steps).Sum(without => (long)(without ? OtherRows.Count : Layout.Rows.Count));

    /// <summary>Rows of the sources.</summary>
    internal IReadOnlyList<int> SourceRows { get; }

    /// <summary>All other rows.</summary>
    internal IReadOnlyList<int> OtherRows { get; }

    /// <summary>Whether step <paramref name="k"/> runs without the sources' rows.</summary>
    internal bool IsWithoutSource(int k) => withoutSource[k];

    /// <inheritdoc />
    public void Dispose() => context.Dispose();

    /// <summary>Text of step <paramref name="k"/> [rows, L, X]; owned by the caller.</summary>
    internal Tensor ContextAt(int k) => Groups.Any(g => g.Trajectory.UnconditionalAt(k) is not null) ? Stack(k) : context.alias();

    private int[] Rows(BranchKind kind) => [.. Enumerable.Range(0, Layout.Rows.Count).Where(row => Layout.Branches[Layout.Rows[row].Branch].Kind == kind)];

    private Tensor Stack(int? k)
    {
        using var scope = NewDisposeScope();
        EditBranch[] branches = [.. Groups.SelectMany(g => g.Branches)];
        Tensor[] rows = new Tensor[Layout.Rows.Count];
        for (int row = 0; row < rows.Length; row++)
        {
            (int branch, GuidanceHalf half) = Layout.Rows[row];
            ISourceTrajectory trajectory = Groups[Layout.Branches[branch].Group].Trajectory;
            Tensor? learned = trajectory.SharesUnconditional || Layout.Branches[branch].Kind == BranchKind.Source ? trajectory.UnconditionalAt(k ?? 0) : null;
            rows[row] = half == GuidanceHalf.Conditional ? branches[branch].Conditional
                : learned ?? branches[branch].Unconditional
                ?? throw new DiffusionException($"branch {Layout.Branches[branch]} has guidance scale {branches[branch].GuidanceScale} but no unconditional text");
        }

        if (rows.Any(r => !r.shape.SequenceEqual(rows[0].shape) || r.shape[0] != 1))
        {
            throw new DiffusionException("all text states of a batch must be [1, L, X] of the same length: 77- and 248-token jobs go into separate batches");
        }

        return k is null ? cat(rows).DetachFromDisposeScope() : cat(rows).MoveToOuterDisposeScope();
    }
}
