using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Sampling;

/// <summary>Pictures whose branches share every UNet call. They need the same timesteps, latent size and text length.</summary>
public sealed class EditBatch : IDisposable
{
    private readonly Tensor context; // [rows, L, X]

    /// <summary>Lays out the branches and stacks their text.</summary>
    /// <exception cref="DiffusionException">The groups do not fit together, or a branch lacks its unconditional text.</exception>
    public EditBatch(IReadOnlyList<EditGroup> groups)
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
    }

    /// <summary>The pictures.</summary>
    public IReadOnlyList<EditGroup> Groups { get; }

    /// <summary>Which row of a UNet call is which branch.</summary>
    public BranchLayout Layout { get; }

    /// <summary>The common timesteps.</summary>
    public IReadOnlyList<int> Timesteps { get; }

    /// <summary>UNet sample-forwards of the whole run.</summary>
    public long SampleForwards => (long)Layout.Rows.Count * Timesteps.Count;

    /// <inheritdoc />
    public void Dispose() => context.Dispose();

    /// <summary>Text of step <paramref name="k"/> [rows, L, X]; owned by the caller.</summary>
    internal Tensor ContextAt(int k) => Groups.Any(g => g.Trajectory.UnconditionalAt(k) is not null) ? Stack(k) : context.alias();

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
