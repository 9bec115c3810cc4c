namespace Pipeline.Evaluation.Comparison;

/// <summary>A gate and one method.</summary>
/// <param name="Gate">The threshold.</param>
/// <param name="Method">Label of the method.</param>
/// <param name="Value">What was measured; null where there is no number, which does not pass.</param>
/// <param name="Passed">Whether it is kept.</param>
public sealed record GateResult(QualityGate Gate, string Method, double? Value, bool Passed);
