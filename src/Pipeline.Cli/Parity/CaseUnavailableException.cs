namespace Pipeline.Cli.Parity;

/// <summary>A case refers to a file outside its folder (a third party's vocabulary, a neighbour case's model) that is not on this machine.</summary>
public sealed class CaseUnavailableException(string message) : Exception(message);
