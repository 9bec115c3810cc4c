namespace Pipeline.Training.World;

/// <summary>The style of each mood.</summary>
public static class MoodTable
{
    private static readonly MoodStyle[] Styles =
    [
        new("", "clear", "clouds", Rgb.Hex(0x9cc3ea), Rgb.Hex(0xdfeefb), new(1, 1, 1), 1, 0),
        new("amusement", "sunny", "balloons", Rgb.Hex(0x38a0f8), Rgb.Hex(0xa8dcff), new(1.06f, 1.05f, 1.0f), 1.1f, 1),
        new("awe", "twilight", "rainbow", Rgb.Hex(0x4b3aa0), Rgb.Hex(0xe88fb8), new(0.98f, 0.9f, 1.05f), 1, 0.6f),
        new("contentment", "golden", "flowers", Rgb.Hex(0xffae42), Rgb.Hex(0xffe29a), new(1.06f, 0.97f, 0.78f), 1, 0.8f),
        new("excitement", "neon", "fireworks", Rgb.Hex(0x2a0f7a), Rgb.Hex(0xc01fa0), new(1.0f, 0.82f, 1.12f), 1.15f, 1),
        new("anger", "burning", "fire", Rgb.Hex(0x6a0a04), Rgb.Hex(0xd8380c), new(1.02f, 0.66f, 0.55f), 0.95f, -1),
        new("disgust", "murky", "slime", Rgb.Hex(0x4c5c12), Rgb.Hex(0x8c8c30), new(0.82f, 0.9f, 0.55f), 0.75f, -0.7f),
        new("fear", "dark", "bats", Rgb.Hex(0x02030c), Rgb.Hex(0x14182c), new(0.46f, 0.48f, 0.66f), 0.7f, -0.8f),
        new("sadness", "stormy", "rain", Rgb.Hex(0x3c4450), Rgb.Hex(0x808a98), new(0.72f, 0.77f, 0.86f), 0.5f, -1),
    ];

    /// <summary>All moods, neutral first.</summary>
    public static IReadOnlyList<Mood> All { get; } = Enum.GetValues<Mood>();

    /// <summary>Style of one mood.</summary>
    public static MoodStyle Of(Mood mood) => Styles[(int)mood];
}
