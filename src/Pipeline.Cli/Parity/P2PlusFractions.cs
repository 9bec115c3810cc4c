namespace Pipeline.Cli.Parity;

/// <summary>What a P2Plus case says about its schedules.</summary>
/// <param name="Controller">Name of the cross-attention controller; empty where the case leaves the choice to the prompts.</param>
/// <param name="Cross">tau_c.</param>
/// <param name="Self">tau_s, conditional half.</param>
/// <param name="Unconditional">tau_u, unconditional half.</param>
internal sealed record P2PlusFractions(string Controller, double Cross, double Self, double Unconditional);
