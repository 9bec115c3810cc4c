namespace Pipeline.Diffusion.Branches;

/// <summary>
/// Says which row of a UNet batch is which branch and half: all unconditional rows first, then all conditional rows, each in branch order. Rows that guidance
/// does not need are left out (w = 1 has no unconditional row), and all targets of a picture share one source branch, so K targets at source
/// scale 1 cost 1 + 2K rows a step instead of 4K.
/// </summary>
/// <remarks>Immutable; tensors indexed by rows are [rows, ...], tensors indexed by branches are [branches, ...].</remarks>
public sealed class BranchLayout
{
    private readonly Branch[] branches;
    private readonly List<BranchRow> rows = [];
    private readonly int[] unconditionalRow;
    private readonly int[] conditionalRow;

    /// <summary>Lays out branches. Each group needs exactly one source; a mutual branch needs its target.</summary>
    /// <exception cref="DiffusionException">The branches do not form complete groups.</exception>
    public BranchLayout(IEnumerable<Branch> branches)
    {
        this.branches = [.. branches];
        unconditionalRow = new int[this.branches.Length];
        conditionalRow = new int[this.branches.Length];
        for (int b = 0; b < this.branches.Length; b++)
        {
            unconditionalRow[b] = this.branches[b].HasUnconditional ? Add(b, GuidanceHalf.Unconditional) : -1;
        }

        for (int b = 0; b < this.branches.Length; b++)
        {
            conditionalRow[b] = Add(b, GuidanceHalf.Conditional);
        }

        Check();
    }

    /// <summary>The branches, in the order in which they were given.</summary>
    public IReadOnlyList<Branch> Branches => branches;

    /// <summary>The rows of the UNet batch, in order; their number is the cost of one step in sample-forwards.</summary>
    public IReadOnlyList<BranchRow> Rows => rows;

    /// <summary>Row of a branch's half, or -1 where the layout has none.</summary>
    public int Row(int branch, GuidanceHalf half) => (half == GuidanceHalf.Conditional ? conditionalRow : unconditionalRow)[branch];

    /// <summary>Row of a branch's half; its conditional row where the unconditional one was left out.</summary>
    public int RowOrConditional(int branch, GuidanceHalf half) => Row(branch, half) is int row && row >= 0 ? row : conditionalRow[branch];

    /// <summary>Index of the source branch of the group of <paramref name="branch"/>.</summary>
    public int SourceOf(int branch) => Find(branches[branch].Group, BranchKind.Source, -1);

    /// <summary>Index of the branch of the same target in another role, or -1.</summary>
    public int Partner(int branch, BranchKind kind) => Find(branches[branch].Group, kind, kind == BranchKind.Source ? -1 : branches[branch].Target);

    /// <summary>Indices of all branches of a role, in order.</summary>
    public IEnumerable<int> Of(BranchKind kind) => Enumerable.Range(0, branches.Length).Where(b => branches[b].Kind == kind);

    private int Add(int branch, GuidanceHalf half)
    {
        rows.Add(new BranchRow(branch, half));
        return rows.Count - 1;
    }

    private int Find(int group, BranchKind kind, int target) =>
        Array.FindIndex(branches, b => b.Group == group && b.Kind == kind && b.Target == target);

    private void Check()
    {
        if (branches.Length == 0)
        {
            throw new DiffusionException("a branch layout needs at least one branch");
        }

        if (branches.GroupBy(b => (b.Group, b.Kind, b.Target)).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new DiffusionException($"branch {twice.Key} is given twice");
        }

        for (int b = 0; b < branches.Length; b++)
        {
            if (branches[b].Kind == BranchKind.Source ? branches[b].Target != -1 : branches[b].Target < 0)
            {
                throw new DiffusionException($"branch {branches[b]}: a source has target -1, every other branch a target from 0");
            }

            if (SourceOf(b) < 0 || (branches[b].Kind == BranchKind.Mutual && Partner(b, BranchKind.Target) < 0))
            {
                throw new DiffusionException($"branch {branches[b]} lacks its source or its target in group {branches[b].Group}");
            }
        }
    }
}
