using Pipeline.Contracts.Errors;

namespace Pipeline.Hosting.Connections;

/// <summary>A setting is missing or impossible. The message names the setting, says where its value came from and what it should look like; it never shows a secret.</summary>
public sealed class ConfigurationException(string message, Exception? inner = null) : PipelineException(ErrorCodes.Configuration, FaultClass.Environment, message, inner);
