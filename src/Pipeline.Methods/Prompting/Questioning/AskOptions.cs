namespace Pipeline.Methods.Prompting;

/// <summary>How an answer is generated.</summary>
/// <param name="MaxNewTokens">Tokens after which the answer is cut.</param>
/// <param name="Temperature">0 takes the likeliest token.</param>
/// <param name="Seed">Seed of sampling, where the temperature is not 0.</param>
public sealed record AskOptions(int MaxNewTokens, double Temperature, ulong Seed);
