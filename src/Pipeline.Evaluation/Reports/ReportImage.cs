using Pipeline.Imaging;

namespace Pipeline.Evaluation.Reports;

/// <summary>A picture of a report: its bytes, or a file that is read only while the report is being written.</summary>
public sealed class ReportImage
{
    private readonly Func<byte[]> _read;

    private ReportImage(Func<byte[]> read, string name, string? href)
    {
        _read = read;
        Name = name;
        Href = href;
    }

    /// <summary>How notes call the picture.</summary>
    public string Name { get; }

    /// <summary>Address of the full picture relative to the report, used by the large view when it can be loaded; the embedded thumbnail otherwise.</summary>
    public string? Href { get; }

    /// <summary>A picture in memory.</summary>
    public static ReportImage FromBytes(byte[] data, string name = "picture", string? href = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new ReportImage(() => data, name, href);
    }

    /// <summary>A picture that <paramref name="read"/> fetches when it is needed, from a file or a store.</summary>
    public static ReportImage FromSource(Func<byte[]> read, string name, string? href = null)
    {
        ArgumentNullException.ThrowIfNull(read);
        return new ReportImage(read, name, href);
    }

    /// <summary>A picture file.</summary>
    public static ReportImage FromFile(string path, string? href = null) => FromSource(() => File.ReadAllBytes(path), path, href);

    internal RgbImage Decode() => ImageCodec.Default.Decode(_read(), DecodeLimits.Default, Name);
}
