using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Training.Contrast;

/// <summary>The files of a byte-pair tokenizer, where a model takes over that of another.</summary>
internal static class TokenizerFiles
{
    private const string Settings = "tokenizer_config.json", Special = "special_tokens_map.json";

    private static readonly string[] s_names = ["vocab.json", "merges.txt", "tokenizer.json", Settings, Special];
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    /// <summary>Copies those that are there.</summary>
    public static void Copy(string from, string to)
    {
        foreach (string file in s_names.Where(f => File.Exists(Path.Combine(from, f))))
        {
            File.Copy(Path.Combine(from, file), Path.Combine(to, file), overwrite: true);
        }
    }

    /// <summary>Copies them with another longest text and padding token. That token, where a text spells it, is read as the padding from then on.</summary>
    public static void Copy(string from, string to, int positions, string padding)
    {
        Copy(from, to);
        Edit(to, Settings, settings => (settings["model_max_length"], settings["pad_token"]) = (positions, padding));
        Edit(to, Special, tokens => tokens["pad_token"] = padding);
    }

    private static void Edit(string folder, string name, Action<JsonObject> change)
    {
        string path = Path.Combine(folder, name);
        JsonObject json = File.Exists(path) ? JsonNode.Parse(File.ReadAllBytes(path))!.AsObject() : [];
        change(json);
        File.WriteAllText(path, json.ToJsonString(s_json) + "\n");
    }
}
