namespace TorchSharp.Modules;

/// <summary>Settings of one step of Adam or AdamW.</summary>
internal readonly record struct AdamSettings(double Rate, double Beta1, double Beta2, double Epsilon, double Decay, bool Amsgrad, bool Maximize, bool DecoupledDecay);
