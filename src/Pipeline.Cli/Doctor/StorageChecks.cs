using Pipeline.Storage;
using Pipeline.Storage.Diagnostics;

namespace Pipeline.Cli.Doctor;

/// <summary>Can a store do what jobs rely on?</summary>
internal static class StorageChecks
{
    private const string Unchanged = "see docs/storage.md";

    public static async Task<List<CheckResult>> RunAsync(string address, StoreOptions options, CancellationToken cancellation)
    {
        IReadOnlyList<StorageCapability> capabilities = await StorageExamination.RunAsync(StoreAddress.Parse(address), options, cancellation).ConfigureAwait(false);
        return [.. capabilities.Select(c => new CheckResult(c.Name, Status(c.Status), c.Detail, c.Status == CapabilityStatus.Ok ? null : c.Remedy ?? Unchanged))];
    }

    private static CheckStatus Status(CapabilityStatus status) => status switch
    {
        CapabilityStatus.Ok => CheckStatus.Ok,
        CapabilityStatus.Degraded => CheckStatus.Warn,
        _ => CheckStatus.Fail,
    };
}
