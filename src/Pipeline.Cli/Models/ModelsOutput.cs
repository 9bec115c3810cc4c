using System.Globalization;
using System.Text.Json;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Inspection;
using Spectre.Console;

namespace Pipeline.Cli.Models;

/// <summary>Prints what <c>moodpipe models</c> found.</summary>
internal static class ModelsOutput
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>A table of all parts, then notes and problems.</summary>
    public static void Write(IAnsiConsole console, IReadOnlyList<PartReport> parts)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("folder").AddColumn("part").AddColumn("architecture")
            .AddColumn(new TableColumn("parameters").RightAligned()).AddColumn("types").AddColumn(new TableColumn("size").RightAligned()).AddColumn("state");
        foreach (PartReport part in parts)
        {
            table.AddRow(Markup.Escape(part.Path), Text(part.Part.Kind), Markup.Escape(part.Part.Architecture),
                part.Network is { } network ? network.Parameters.ToString("N0", CultureInfo.InvariantCulture) : "",
                part.Network is { } types ? string.Join(", ", types.Types.Keys) : "",
                part.Network is { } size ? Size(size.Bytes) : "",
                part.Problems.Count == 0 ? "[green]ok[/]" : $"[red]{part.Problems.Count} problems[/]");
        }

        console.Write(table);
        foreach (PartReport part in parts)
        {
            foreach ((string file, string digest) in part.Digests)
            {
                console.MarkupLine($"sha256 {digest}  {Markup.Escape(Path.Combine(part.Path, file))}");
            }

            part.Notes.ToList().ForEach(n => console.MarkupLine($"[grey]{Markup.Escape($"{part.Path} ({Text(part.Part.Kind)}): {n}")}[/]"));
            part.Problems.ToList().ForEach(p => console.MarkupLine($"[red]{Markup.Escape($"{part.Path} ({Text(part.Part.Kind)}): {p}")}[/]"));
        }
    }

    /// <summary>The same as one JSON object.</summary>
    public static string Json(IReadOnlyList<PartReport> parts) => JsonSerializer.Serialize(
        new
        {
            ok = parts.All(p => p.Problems.Count == 0),
            parts = parts.Select(p => new
            {
                folder = p.Path,
                kind = Text(p.Part.Kind),
                architecture = p.Part.Architecture,
                network = p.Network,
                sha256 = p.Digests,
                notes = p.Notes,
                problems = p.Problems,
            }),
        },
        s_json);

    /// <summary>The tensors of one file.</summary>
    public static void WriteFile(IAnsiConsole console, SafetensorsFile file, string digest)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("tensor").AddColumn("type").AddColumn("shape");
        foreach (SafetensorInfo tensor in file.Names.Select(file.Info))
        {
            table.AddRow(Markup.Escape(tensor.Name), tensor.Type.FormatName(), Markup.Escape(tensor.ShapeText));
        }

        console.Write(table);
        foreach ((string key, string value) in file.Metadata)
        {
            console.MarkupLine(Markup.Escape($"metadata {key} = {value}"));
        }

        console.MarkupLine($"{file.Names.Count} tensors, {file.Names.Sum(n => file.Info(n).Count).ToString("N0", CultureInfo.InvariantCulture)} elements, {Size(file.Length)}");
        console.MarkupLine($"sha256 {digest}");
    }

    /// <summary>The same as one JSON object.</summary>
    public static string JsonFile(SafetensorsFile file, string digest) => JsonSerializer.Serialize(
        new
        {
            path = file.Path,
            sha256 = digest,
            metadata = file.Metadata,
            tensors = file.Names.Select(file.Info).Select(t => new { name = t.Name, type = t.Type.FormatName(), shape = t.Shape, bytes = t.ByteLength }),
        },
        s_json);

    private static string Text(PartKind kind) => kind switch
    {
        PartKind.ImageProcessor => "image processor",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static string Size(long bytes) => bytes switch
    {
        < 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
        < 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):0.00} GiB"),
    };
}
