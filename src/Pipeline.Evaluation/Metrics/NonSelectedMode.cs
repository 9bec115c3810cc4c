namespace Pipeline.Evaluation.Metrics;

/// <summary>How <see cref="NonSelectedLpips"/> reads its map: the paper and its script disagree.</summary>
public enum NonSelectedMode
{
    /// <summary>The text: what is over 0.5 is selected; pictures reach the network in the range it was made for.</summary>
    Paper,

    /// <summary>The published script: the map itself weighs the pictures, which reach the network in 0..1. For comparison with published numbers only.</summary>
    Official,
}
