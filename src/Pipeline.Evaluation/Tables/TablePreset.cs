using Pipeline.Evaluation.Comparison;

namespace Pipeline.Evaluation.Tables;

/// <summary>A published table: its methods, its columns, and the orders that its paper reads from it.</summary>
/// <param name="Name">Name on the command line.</param>
/// <param name="Title">Which table of which paper.</param>
/// <param name="Methods">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Claims">Reported orders.</param>
public sealed record TablePreset(string Name, string Title, IReadOnlyList<TableMethod> Methods, IReadOnlyList<TableColumn> Columns, IReadOnlyList<OrderClaim> Claims)
{
    /// <summary>Whether methods are asked for the picture as it is: the target prompt is the source prompt.</summary>
    public bool Reconstruction { get; init; }

    /// <summary>Published values by row label and metric, in the column's scale; with the published weights and data a run should come near.</summary>
    public IReadOnlyDictionary<(string Label, string Metric), double> Published { get; init; } = new Dictionary<(string, string), double>();
}
