using Pipeline.Imaging;
using Pipeline.Methods.Emotions;

namespace Pipeline.Stages.Prompting;

/// <summary>One edit to find prompts and a region for.</summary>
/// <param name="Picture">The source.</param>
/// <param name="SourceSha256">Digest of the source's file: edits of one picture are asked about together.</param>
/// <param name="Emotion">Wanted emotion.</param>
/// <param name="Given">What the job line has decided already.</param>
/// <param name="Seed">Seed of a sampled answer; 0 where answers are not sampled, so that all edits of a picture are asked about together.</param>
public sealed record PromptInput(RgbImage Picture, string SourceSha256, Emotion Emotion, GivenPrompts Given, ulong Seed = 0);
