namespace Pipeline.Evaluation.Tables;

/// <summary>A column of a table of methods.</summary>
/// <param name="Metric">Name of the metric.</param>
/// <param name="Header">What stands above it.</param>
/// <param name="Scale">Factor on the values, as papers print them (×10³).</param>
/// <param name="Decimals">Digits behind the point.</param>
public sealed record TableColumn(string Metric, string Header, double Scale = 1, int Decimals = 3);
