namespace Pipeline.Training.Contrast;

/// <summary>The files of a byte-pair tokenizer, where a model takes over that of another.</summary>
internal static class TokenizerFiles
{
    private static readonly string[] s_names = ["vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"];

    /// <summary>Copies those that are there.</summary>
    public static void Copy(string from, string to)
    {
        foreach (string file in s_names.Where(f => File.Exists(Path.Combine(from, f))))
        {
            File.Copy(Path.Combine(from, file), Path.Combine(to, file), overwrite: true);
        }
    }
}
