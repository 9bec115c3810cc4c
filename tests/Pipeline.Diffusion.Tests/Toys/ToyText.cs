using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests.Toys;

/// <summary>A text encoder in closed form: one token a word, states fixed per word and position, padding with the end token.</summary>
public static class ToyText
{
    public const int Start = 1;
    public const int End = 2;

    public static TextStates Encode(string text, int length, int width, ScalarType dtype)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bool truncated = words.Length > length - 2;
        string[] kept = [.. words.Take(length - 2)];
        string[] padded = ["<start>", .. kept, .. Enumerable.Repeat("<end>", length - 1 - kept.Length)];
        var source = new NoiseSource(5, "toy text");
        float[] states = [.. padded.SelectMany((word, i) => source.Normal(word, width).Zip(source.Normal($"@{i}", width), (w, p) => w + 0.3f * p))];
        using Tensor host = tensor(states, [1, length, width]);
        int[] tokens = [Start, .. kept.Select(IdOf), End];
        return new TextStates(host.to(dtype), tokens, truncated);
    }

    private static int IdOf(string word)
    {
        uint hash = 2166136261;
        foreach (char c in word.ToLowerInvariant())
        {
            hash = (hash ^ c) * 16777619;
        }

        return 3 + (int)(hash % 100_003);
    }
}
