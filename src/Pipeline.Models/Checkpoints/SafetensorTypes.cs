namespace Pipeline.Models.Checkpoints;

/// <summary>Names and sizes of <see cref="SafetensorType"/>.</summary>
public static class SafetensorTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this SafetensorType type) => type switch
    {
        SafetensorType.Bool or SafetensorType.U8 or SafetensorType.I8 => 1,
        SafetensorType.I16 or SafetensorType.F16 or SafetensorType.BF16 => 2,
        SafetensorType.I32 or SafetensorType.F32 => 4,
        _ => 8,
    };

    /// <summary>The name the format uses, such as <c>BF16</c>.</summary>
    public static string FormatName(this SafetensorType type) => type == SafetensorType.Bool ? "BOOL" : type.ToString();

    /// <summary>True for the four floating types.</summary>
    public static bool IsFloating(this SafetensorType type) => type >= SafetensorType.F16;

    /// <summary>Reads a format name; false for a type this program does not know.</summary>
    public static bool TryParse(string? name, out SafetensorType type)
    {
        foreach (SafetensorType candidate in Enum.GetValues<SafetensorType>())
        {
            if (candidate.FormatName() == name)
            {
                type = candidate;
                return true;
            }
        }

        type = default;
        return false;
    }
}
