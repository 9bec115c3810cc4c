namespace Pipeline.Methods.Prompting;

/// <summary>The names of <see cref="StimulusMapSource"/> in result records.</summary>
public static class StimulusMapSourceText
{
    private static readonly (StimulusMapSource Source, string Name)[] Names =
    [
        (StimulusMapSource.Given, "given"),
        (StimulusMapSource.Segmenter, "segmenter"),
        (StimulusMapSource.BoxAndAttention, "box_attention"),
        (StimulusMapSource.Box, "box"),
        (StimulusMapSource.Attention, "attention"),
        (StimulusMapSource.Global, "global"),
        (StimulusMapSource.CrossAttention, "cross_attention"),
        (StimulusMapSource.FallbackGlobal, "fallback_global"),
    ];

    /// <summary>E.g. <c>box</c> or <c>box_attention+global</c>; <c>none</c> for none.</summary>
    public static string ToRecordText(this StimulusMapSource source)
    {
        var text = string.Join('+', Names.Where(n => source.HasFlag(n.Source)).Select(n => n.Name));
        return text.Length > 0 ? text : "none";
    }
}
