namespace Pipeline.Evaluation.Reports;

/// <summary>Something in the picture that carries its mood.</summary>
/// <param name="SourcePhrase">What it is.</param>
/// <param name="TargetPhrase">What it was to become; may be empty.</param>
/// <param name="Importance">1..10.</param>
public sealed record ReportStimulus(string SourcePhrase, string TargetPhrase, int Importance);
