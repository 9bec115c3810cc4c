using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Pipeline.Training.Checkpoints;

namespace Pipeline.Training.Runs;

/// <summary>The card of an exported model: what it is, what it was trained on and how, what it reached, and under which licence. It lies in the model's folder and is no part of its digest.</summary>
/// <param name="Config">The run.</param>
/// <param name="Data">What it was trained on, in a line.</param>
/// <param name="Provenance">Digests of what it was made of.</param>
/// <param name="Step">Updates so far.</param>
/// <param name="Parameters">Trained weights.</param>
/// <param name="Figures">On held-out scenes.</param>
/// <param name="Seconds">Wall time of all processes of the run; 0 where its checkpoints did not record it.</param>
/// <param name="Half">Whether the weights are in half precision.</param>
public sealed record ModelCard(
    TrainingConfig Config, string Data, TrainingProvenance Provenance, long Step, long Parameters, IReadOnlyDictionary<string, double> Figures, double Seconds, bool Half)
{
    /// <summary>Name of the file.</summary>
    public const string File = "README.md";

    /// <summary>The card as Markdown.</summary>
    public string ToMarkdown()
    {
        StringBuilder text = new();
        bool isWorld = Config.Data.Manifest is null;
        text.Append(isWorld
            ? Invariant($"---\nlicense: mit\ntags: [moodpipe, tiny-world, {Config.System}]\n---\n\n# {Config.System} of the tiny world\n\n")
            : Invariant($"---\ntags: [moodpipe, {Config.System}]\n---\n\n# {Config.System}\n\n"));
        text.Append(isWorld
            ? "Trained by this project's own trainer on its procedural picture world; it knows nothing else, and is made to try, test and measure the pipeline with.\n\n"
            : "Trained by this project's own trainer on the pictures of a manifest.\n\n");
        text.Append("| | |\n| --- | --- |\n");
        Row(text, "task", Invariant($"{Config.System}, {Provenance.Stage}"));
        Row(text, "trained weights", Invariant($"{Parameters:N0}, stored in {(Half ? "half" : "single")} precision"));
        Row(text, "data", Invariant($"{Data}; digest {Short(Provenance.ManifestHash)}"));
        Row(text, "recipe", Invariant($"{(Step < Config.Steps ? $"{Step} of " : "")}{Config.Steps:N0} steps of {Config.Batch:N0}, AdamW {Config.Optimiser.Rate} to {Config.Optimiser.FloorRate} ({Config.Optimiser.Schedule}), average of weights {Config.Average}{(Config.Precision == TrainingPrecision.Single ? "" : $"; products in {Config.Precision.ToString().ToLowerInvariant()}")}; seed {Config.Seed}"));
        foreach ((string role, string digest) in Provenance.BaseModels.OrderBy(b => b.Key, StringComparer.Ordinal))
        {
            Row(text, Invariant($"base model `{role}`"), Short(digest));
        }

        if (Provenance.ParentHash is { } parent)
        {
            Row(text, "from checkpoint", Short(parent));
        }

        if (Seconds > 0)
        {
            Row(text, "wall time", Invariant($"{TimeSpan.FromSeconds(Seconds):d\\.hh\\:mm\\:ss} on {RuntimeInformation.OSArchitecture}, {Threads()}"));
        }

        Row(text, "made by", string.Join(", ", Provenance.Libraries.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key} {l.Value}")));
        Row(text, "licence", isWorld ? "MIT: weights and data" : "what the pictures' and the base models' licences leave; nobody has looked at them here");
        text.Append("\n## Figures\n\nOn held-out scenes, computed in single precision.\n\n| figure | value |\n| --- | ---: |\n");
        foreach ((string name, double value) in Figures)
        {
            Row(text, name, Invariant($"{value:0.####}"));
        }

        text.Append(Invariant($"\n## Made again\n\n`moodpipe train {Config.System} --config run.json --out DIR`, with this as `run.json`:\n\n```json\n{Config.WithoutPlaces().ToJson()}\n```\n"));
        return text.ToString();
    }

    private static string Threads() => Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is { Length: > 0 } threads ? $"{threads} thread(s)" : $"{Environment.ProcessorCount} processors";

    private static string Short(string digest) => $"`{(digest.Length > 16 ? digest[..16] : digest)}…`";

    private static void Row(StringBuilder text, string name, string value) =>
        text.Append("| ").Append(name).Append(" | ").Append(value.Replace("|", "\\|", StringComparison.Ordinal)).Append(" |\n");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
