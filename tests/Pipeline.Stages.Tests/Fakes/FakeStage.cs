using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Stages.Core;
using Pipeline.Storage;

namespace Pipeline.Stages.Tests.Fakes;

/// <summary>
/// A stage whose work is a digest over everything that it reads: any wrong, missing or mixed-up input changes the output. Sources can ask for trouble by their first bytes:
/// "POISON name", "BATCH name" (breaks a whole batch), "LOGIC name", at the stage of that name.
/// </summary>
internal sealed class FakeStage(string name, UnitScope scope, string[] reads, string? param = null, int maxBatch = 1) : IStage<FakeInput, byte[]>
{
    private int environmentFaults;

    public string Name => name;

    public string Implementation { get; init; } = "1";

    public UnitScope Scope => scope;

    public IReadOnlyDictionary<string, string> Models { get; init; } = new Dictionary<string, string> { [$"{name}-model"] = "m1" };

    public int MaxBatch => maxBatch;

    public TimeSpan BatchWait => TimeSpan.FromMilliseconds(5);

    /// <summary>Time of one unit's computation.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How often the first computation of a unit fails with a fault of the world.</summary>
    public int TransientFailures { get; init; }

    /// <summary>Whether the machine is unfit from the n-th computation on; 0 for never.</summary>
    public int UnfitAt { get; init; }

    /// <summary>Whether it keeps no record of what it computed: for runs of which the memory is measured.</summary>
    public bool IsForgetful { get; set; }

    /// <summary>Called before every computation of a batch.</summary>
    public Action? OnCompute { get; init; }

    /// <summary>Awaited before an output is stored.</summary>
    public Func<Task>? OnStore { get; init; }

    public ConcurrentQueue<int> Batches { get; } = new();

    public ConcurrentDictionary<string, int> Computed { get; } = new();

    public ConcurrentDictionary<int, bool> Threads { get; } = new();

    public int ComputedUnits => Computed.Values.Sum();

    public UnitKey Key(StageUnit unit)
    {
        var parameters = new JsonObject();
        if (param is not null && unit.Param(param) is { } value)
        {
            parameters[param] = value.GetRawText();
        }

        if (unit.Target is { } target)
        {
            (parameters["emotion"], parameters["intensity"]) = (target.Emotion, target.Intensity);
        }

        return new UnitKey { Reads = reads, Params = parameters, Seed = name == "edit" ? unit.Target!.Seed : null };
    }

    public async Task<FakeInput> LoadAsync(StageUnit unit, IArtefactStore store, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        byte[] source = await store.ReadBlobAsync(unit.Input("source"), 1 << 20, cancellation);
        foreach (string input in reads.Where(unit.Inputs.ContainsKey))
        {
            byte[] content = await store.ReadBlobAsync(unit.Input(input), 1 << 20, cancellation);
            text.Append(input).Append('=').Append(Sha256Digest.Of(content)).Append('\n');
        }

        return new FakeInput($"{text}{Key(unit).Params.ToJsonString()}{Key(unit).Seed}", Encoding.UTF8.GetString(source));
    }

    public IReadOnlyList<UnitOutcome<byte[]>> Compute(IReadOnlyList<FakeInput> batch, CancellationToken cancellation)
    {
        OnCompute?.Invoke();
        Threads[Environment.CurrentManagedThreadId] = true;
        if (!IsForgetful)
        {
            Batches.Enqueue(batch.Count);
        }

        if (UnfitAt > 0 && Interlocked.Increment(ref environmentFaults) >= UnfitAt)
        {
            throw new PipelineException(ErrorCodes.ModelMissing, FaultClass.Environment, "the model is gone");
        }

        if (batch.Any(i => i.Source.StartsWith($"BATCH {name}", StringComparison.Ordinal)) && batch.Count > 1)
        {
            throw new InvalidOperationException("CUDA out of memory (simulated)");
        }

        return UnitOutcome.Each(batch, One, cancellation);
    }

    public async Task<UnitOutput> StoreAsync(StageUnit unit, byte[] value, IArtefactStore store, CancellationToken cancellation)
    {
        await (OnStore?.Invoke() ?? Task.CompletedTask);
        string output = name switch { "prompt" => "prompts", "invert" => "trajectory", "edit" => "image", _ => "text" };
        var outputs = new Dictionary<string, BlobRef>();
        if (name == "prompt")
        {
            // As the real stage: what all edits of a picture have in common is one blob.
            outputs["source"] = await store.PutBlobAsync(SHA256.HashData(Encoding.UTF8.GetBytes($"prompt source {unit.SourceSha256}")), "text/plain", cancellation);
        }

        outputs[output] = await store.PutBlobAsync(value, name == "edit" ? "image/png" : "application/octet-stream", cancellation);
        var facts = name switch
        {
            "prompt" => new JsonObject { ["source"] = "s", ["target"] = Convert.ToHexStringLower(value)[..8], ["maskArea"] = value[0] / 255.0 },
            "edit" => new JsonObject { ["unetForwards"] = 30, ["timestepsUsed"] = new JsonArray(999, 499) },
            "caption" => new JsonObject { ["caption"] = $"a caption {Convert.ToHexStringLower(value)[..6]}" },
            "score" => new JsonObject { ["metrics"] = new JsonObject { ["lpips"] = value[1] / 255.0, ["clip_t"] = value[2] / 255.0 } },
            _ => null,
        };
        return new UnitOutput { Outputs = outputs, Facts = facts, UnetForwards = name == "edit" ? 30 : null };
    }

    private byte[] One(FakeInput input)
    {
        if (Delay > TimeSpan.Zero)
        {
            Thread.Sleep(Delay);
        }

        if (input.Source.StartsWith($"POISON {name}", StringComparison.Ordinal))
        {
            throw new PipelineException(ErrorCodes.SourceUndecodable, FaultClass.Poison, $"the picture cannot be used by {name}");
        }

        if (input.Source.StartsWith($"LOGIC {name}", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"assertion 17 of {input.Source.Length}");
        }

        int times = IsForgetful ? TransientFailures + 1 : Computed.AddOrUpdate(input.Text, 1, (_, n) => n + 1);
        return times <= TransientFailures
            ? throw new PipelineException(ErrorCodes.TransientIo, FaultClass.Transient, $"try {times} failed")
            : [.. Enumerable.Range(0, 40).SelectMany(i => SHA256.HashData(Encoding.UTF8.GetBytes($"{name}{i}{input.Text}")))];
    }
}
