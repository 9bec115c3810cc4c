namespace Pipeline.Diffusion.ZeroShot;

/// <summary>Settings of <see cref="NoiseRegularisation"/>; defaults are the authors' code.</summary>
/// <param name="Rounds">Rounds after every prediction. Default 5; 0 is plain inversion.</param>
/// <param name="Correlations">Steps against autocorrelation in a round. Default 5.</param>
/// <param name="CorrelationWeight">Weight of the autocorrelation, shared by its steps. Default 20.</param>
/// <param name="DivergenceWeight">Weight of the divergence. Default 20.</param>
public sealed record NoiseRegularisationOptions(int Rounds = 5, int Correlations = 5, double CorrelationWeight = 20, double DivergenceWeight = 20);
