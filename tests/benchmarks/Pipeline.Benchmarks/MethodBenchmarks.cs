using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Imaging;
using Pipeline.Methods;
using Pipeline.Models;
using Pipeline.Models.Clip;
using Pipeline.Stages.Editing;
using Pipeline.Stages.Modelling;
using static TorchSharp.torch;

namespace Pipeline.Benchmarks;

/// <summary>What one edit costs by each method, inversion included: UNet forwards a picture, time, and memory beyond the loaded models.</summary>
internal static class MethodBenchmarks
{
    private const string Source = "a red person and a yellow car on the street under a neon sky with fireworks, excitement";
    private const string Target = "a red person and a purple car on the street under a neon sky with fireworks, excitement";

    /// <summary>Every method with its default settings on one square picture.</summary>
    /// <param name="models">A model directory.</param>
    /// <param name="side">Side of the picture, pixels.</param>
    /// <param name="chosen">Methods; empty for all that need no service.</param>
    public static void Run(string models, int side, IReadOnlyList<string> chosen)
    {
        ModelDirectory folder = ModelDirectory.Open(models);
        using DiffusionFolder diffusion = DiffusionFolder.Load(folder.Require(ComponentKind.Diffusion).Path, CPU);
        using ClipEmbedder clip = ClipEmbedder.Load(folder.Require(ComponentKind.Clip).Path);
        using DiffusionFolder? instruct = folder.Find(ComponentKind.Instruct) is { } other ? DiffusionFolder.Load(other.Path, CPU) : null;
        EditModels loaded = new(() => diffusion) { InstructSource = instruct is null ? null : () => instruct, ImageTokenSource = clip.ImageTokens };
        Console.WriteLine($"{"method",-44} {"forwards",9} {"wall s",9} {"processor s",12} {"peak MiB",9}");
        foreach (string name in chosen.Count > 0 ? chosen : [.. EditMethods.BuiltIn.Names.Where(n => !EditMethods.BuiltIn[n].IsRemote)])
        {
            Report(name, loaded, side);
        }
    }

    // name or name@parameter=value@..., as in an evaluation; values are JSON or plain words
    private static void Report(string wanted, EditModels models, int side)
    {
        string[] parts = wanted.Split('@');
        string name = parts[0];
        var all = new JsonObject { ["minLongSide"] = side, ["longSide"] = side };
        foreach (string[] pair in parts.Skip(1).Select(p => p.Split('=', 2)))
        {
            all[pair[0]] = Value(pair[1]);
        }

        using JsonDocument parameters = JsonDocument.Parse(all.ToJsonString());
        using Process process = Process.GetCurrentProcess();
        try
        {
            IEditMethod method = EditMethods.BuiltIn[name].Create(parameters.RootElement, models);
            using IDisposable? owned = method as IDisposable;
            GC.Collect();
            File.WriteAllText("/proc/self/clear_refs", "5"); // the peak starts again from here
            process.Refresh();
            (long resident, TimeSpan processor, long start) = (process.WorkingSet64, process.TotalProcessorTime, Stopwatch.GetTimestamp());
            EditResult result = method.Edit(new EditRequest(Painted(side), "digest", Source, [new EmotionEdit("none", Target, null) { SourcePhrases = ["yellow"], TargetPhrases = ["purple"] }], 7));
            TimeSpan wall = Stopwatch.GetElapsedTime(start);
            process.Refresh();
            Console.WriteLine(FormattableString.Invariant(
                $"{wanted,-44} {result.SampleForwards,9} {wall.TotalSeconds,9:f1} {(process.TotalProcessorTime - processor).TotalSeconds,12:f1} {(process.PeakWorkingSet64 - resident) >> 20,9}"));
        }
        catch (EditException e)
        {
            Console.WriteLine($"{wanted,-44} {e.Message}");
        }
    }

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static RgbImage Painted(int side) => new(side, side, [.. Enumerable.Range(0, side * side * 3).Select(i => (byte)((i % 3 * 60) + (i / (3 * side) * 97 / side) + (i % (3 * side) * 53 / side)))]);
}
