using System.Text.Json;
using Pipeline.Contracts.Json;

namespace Pipeline.Cli.Cluster;

/// <summary>The parameters of requests about jobs that are not there yet.</summary>
internal static class JobQueryText
{
    /// <summary>What a job is about, followed by further parameters; those without a value are left out.</summary>
    public static string Of(JobInput input, params IEnumerable<(string Name, string? Value)> more)
    {
        (string Name, string? Value)[] about =
        [
            ("source", input.Source), ("emotions", input.Emotions), ("sourceBase", input.SourceBase), ("limit", input.Limit?.ToString()), ("defaults", JsonSerializer.Serialize(input.Defaults, ContractJson.Options)),
        ];
        return string.Join('&', about.Concat(more).Where(v => v.Value is not null).Select(v => $"{v.Name}={Uri.EscapeDataString(v.Value!)}"));
    }
}
