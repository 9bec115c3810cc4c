using static TorchSharp.torch;

namespace Pipeline.Models.Checkpoints;

/// <summary>How the weights of a checkpoint are wanted.</summary>
/// <param name="Device">Where they live; CPU when null.</param>
/// <param name="Dtype">Their type; float32 when null, whatever the file holds: a CPU computes in float32.</param>
/// <param name="Trainable">Whether parameters ask for gradients.</param>
public sealed record WeightOptions(Device? Device = null, ScalarType? Dtype = null, bool Trainable = false);
