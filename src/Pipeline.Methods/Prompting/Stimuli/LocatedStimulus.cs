using Pipeline.Imaging.Masks;

namespace Pipeline.Methods.Prompting;

/// <summary>A row of the stimulus table: what became of one stimulus in the map.</summary>
/// <param name="Stimulus">The stimulus.</param>
/// <param name="Weight">max(0.3, importance / 10).</param>
/// <param name="Source">How it was located.</param>
/// <param name="Area">Share of the picture where its own map is over 0.5.</param>
/// <param name="IsLowAgreement">Box and attention pointed to different places, and the box was trusted.</param>
/// <param name="Map">g_k, values in [0,1]; null where it was not located.</param>
public sealed record LocatedStimulus(Stimulus Stimulus, double Weight, StimulusMapSource Source, double Area, bool IsLowAgreement, MaskImage? Map);
