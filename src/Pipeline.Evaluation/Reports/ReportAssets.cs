namespace Pipeline.Evaluation.Reports;

/// <summary>Style, script and skeleton of the page, kept as files of their own and embedded in the assembly.</summary>
internal static class ReportAssets
{
    internal static string Style { get; } = Read("report.css");

    internal static string Script { get; } = Read("report.js");

    internal static string Body { get; } = Read("report.html");

    private static string Read(string file)
    {
        using Stream stream = typeof(ReportAssets).Assembly.GetManifestResourceStream(file) ?? throw new InvalidOperationException($"the assembly lacks its resource {file}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
