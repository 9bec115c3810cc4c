namespace Pipeline.Training.Data;

/// <summary>A training sample at its place in the data order.</summary>
/// <param name="Number">0 … samples − 1.</param>
/// <param name="Epoch">Pass over the data, from 0: what is drawn for a picture may differ from pass to pass.</param>
public readonly record struct Sample(int Number, long Epoch);
