using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Json;
using Pipeline.Diffusion.Inversion;
using Pipeline.Evaluation.Tables;
using Pipeline.Methods;
using Pipeline.Methods.Baselines;
using Pipeline.Stages.Editing;

namespace Pipeline.Cli.Eval;

/// <summary>A method with its settings, as <c>name@parameter=value@…</c> asks for it.</summary>
/// <param name="Label">Row of tables.</param>
/// <param name="Method">Name of the method.</param>
/// <param name="Params">Parameters.</param>
internal sealed record MethodVariant(string Label, string Method, JsonObject Params)
{
    /// <summary>
    /// The word that stands for every built-in method, Prompt-to-Prompt over each inversion, and the remote editor where the operator allows one.
    /// </summary>
    public const string All = "all";

    /// <summary>The word that stands for the pictures as they are: what an edit must beat on reaching its target.</summary>
    public const string Unedited = "unedited";

    /// <summary>Folder of the variant's results: readable, and different for different variants.</summary>
    public string Folder
    {
        get
        {
            string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Method} {Params.ToJsonString()}")))[..6];
            return Params.Count == 0 ? Method : $"{Method}-{digest}";
        }
    }

    /// <summary>Reads a list of methods, separated by commas.</summary>
    /// <exception cref="CommandFailure">A method or a parameter is unknown, or a variant comes twice.</exception>
    public static IReadOnlyList<MethodVariant> ParseList(string list) =>
        Distinct([.. list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(text => text == All ? Everything() : [text]).Select(text => Parse(text, text))]);

    private static IEnumerable<string> Everything()
    {
        // The default of each method is its own row already, and Prompt-to-Prompt over the mapping networks is StyleDiffusion.
        IEnumerable<string> inversions = Inversions.All.Select(i => i.Name)
            .Where(name => name is not (Inversions.Default or PromptToPromptOptions.DefaultInversion) && !EditMethods.BuiltIn.Names.Contains(name));
        IEnumerable<string> remote = RemoteAccess.FromEnvironment().Allowed.Take(1).Select(service => $"remote@endpoint={service}");
        return [.. EditMethods.BuiltIn.Local, .. inversions.Select(name => $"prompt-to-prompt@inversion={name}"), .. remote];
    }

    /// <summary>The methods of a published table.</summary>
    /// <exception cref="CommandFailure">This program lacks one of them.</exception>
    public static IReadOnlyList<MethodVariant> Of(TablePreset preset) => Distinct([.. preset.Methods.Select(m => Parse(m.Label, m.Specification))]);

    private static IReadOnlyList<MethodVariant> Distinct(IReadOnlyList<MethodVariant> variants) =>
        variants.Count == 0 ? throw CommandFailure.Usage("name methods, such as --methods moodifier")
        : variants.GroupBy(v => v.Folder).FirstOrDefault(g => g.Count() > 1) is { } twice ? throw CommandFailure.Usage($"--methods: '{twice.First().Label}' is named twice")
        : variants;

    private static MethodVariant Parse(string label, string text)
    {
        if (text == Unedited)
        {
            return new MethodVariant(label, Unedited, []);
        }

        string[] parts = text.Split('@');
        JsonObject parameters = [];
        foreach (string part in parts.Skip(1))
        {
            string[] pair = part.Split('=', 2);
            parameters[pair[0]] = pair.Length == 2 ? Value(pair[1]) : throw CommandFailure.Usage($"'{text}': write a method as name@parameter=value");
        }

        try
        {
            IEditMethodFactory method = EditMethods.BuiltIn[parts[0]];
            _ = method.Normalise(ContractJson.ToElement(parameters));
            return new MethodVariant(label, method.Name, parameters);
        }
        catch (Exception error) when (error is PipelineException or EditException)
        {
            throw CommandFailure.Usage($"'{text}': {error.Message}");
        }
    }

    private static JsonValue? Value(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? (long)number == number ? JsonValue.Create((long)number) : JsonValue.Create(number)
        : bool.TryParse(text, out bool flag) ? JsonValue.Create(flag)
        : JsonValue.Create(text);
}
