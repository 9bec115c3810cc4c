using Pipeline.Diffusion.Sampling;
using Pipeline.Models;
using Pipeline.Models.Checkpoints;
using static TorchSharp.torch;

namespace Pipeline.Methods.Baselines;

/// <summary>pix2pix-zero's edit directions: the mean text states of sentences about the target, less those of sentences about the source.</summary>
/// <remarks>arXiv:2302.03027, section 3.1: about a thousand sentences a word, written by a language model. Files are untrusted: sizes, line counts and shapes are checked.</remarks>
/// <param name="folder">Folder of <see cref="Pix2PixZeroOptions.Directions"/>.</param>
/// <param name="encode">Text states [1, L, X] of a sentence, the caller's.</param>
public sealed class EditDirections(string folder, Func<string, TextStates> encode) : IDisposable
{
    private const string SourceSentences = "source.txt";
    private readonly Dictionary<string, Tensor> means = new(StringComparer.Ordinal);

    /// <summary>The direction [1, L, X] of an emotion, in the current dispose scope.</summary>
    /// <param name="emotion">Name of the file without its ending.</param>
    /// <param name="device">Where it is to be.</param>
    /// <exception cref="EditException">There is no usable file.</exception>
    public Tensor Of(string emotion, Device device)
    {
        if (emotion.Length == 0 || emotion.AsSpan().IndexOfAny("/\\:") >= 0 || emotion.StartsWith('.'))
        {
            throw EditException.Request($"'{emotion}' cannot name a direction file");
        }

        string tensors = Path.Combine(folder, emotion + ".safetensors"), sentences = Path.Combine(folder, emotion + ".txt");
        using var scope = NewDisposeScope();
        Tensor direction = SentenceFile.Exists(tensors) ? Read(tensors)
            : SentenceFile.Exists(sentences) ? Mean(sentences) - Mean(Path.Combine(folder, SourceSentences))
            : throw EditException.Request($"{folder} has neither {emotion}.safetensors nor {emotion}.txt: write sentences that contain the target, one a line, and {SourceSentences} about the source");
        return direction.to(ScalarType.Float32, device).MoveToOuterDisposeScope();
    }

    /// <summary>Mean states [1, L, X] of sentences, the caller's.</summary>
    public static Tensor Mean(IReadOnlyList<string> sentences, Func<string, TextStates> encode)
    {
        using var scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        Tensor? sum = null;
        foreach (string sentence in sentences)
        {
            using var one = NewDisposeScope();
            Tensor states = encode(sentence).States;
            Tensor next = sum is null ? states.clone() : sum + states;
            sum?.Dispose();
            sum = next.MoveToOuterDisposeScope();
        }

        return (sum! / (double)sentences.Count).MoveToOuterDisposeScope();
    }

    /// <summary>Writes a direction as a file that <see cref="Of"/> reads.</summary>
    public static void Write(string path, Tensor direction) => SafetensorsWriter.Write(path, [("direction", direction)]);

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Tensor mean in means.Values)
        {
            mean.Dispose();
        }

        means.Clear();
    }

    private Tensor Mean(string file)
    {
        if (means.TryGetValue(file, out Tensor? known))
        {
            return known.alias();
        }

        Tensor mean = Mean(Lines(file), encode).DetachFromDisposeScope();
        means.Add(file, mean);
        return mean.alias();
    }

    private static IReadOnlyList<string> Lines(string file)
    {
        try
        {
            return SentenceFile.Read(file);
        }
        catch (ModelFormatException e)
        {
            throw EditException.Request(e.Message);
        }
    }

    private static Tensor Read(string file)
    {
        try
        {
            using SafetensorsFile opened = SafetensorsFile.Open(file);
            Tensor direction = opened.ReadTensor("direction").clone();
            return direction.dim() == 2 ? direction.unsqueeze(0) : direction;
        }
        catch (ModelFormatException e)
        {
            throw EditException.Request($"{file}: {e.Message}");
        }
    }
}
