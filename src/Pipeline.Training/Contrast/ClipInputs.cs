using Pipeline.Models;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Tokenizers;
using Pipeline.Training.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Contrast;

/// <summary>How texts and pictures reach a CLIP: as the base model's files say where a manifest's pictures are learned on top of one, else as the world's.</summary>
/// <param name="folder">The base model's; null for the world's.</param>
/// <param name="positions">With a folder: longest text of a tower that pads with token 0, in place of the folder's own settings; null leaves these.</param>
internal sealed class ClipInputs(string? folder, int? positions = null)
{
    private const string Processor = "preprocessor_config.json";

    private readonly (double[] Mean, double[] Deviation)? _scale = folder is null ? null : Scale(Path.Combine(folder, Processor));

    public ClipTokenizer Tokenizer { get; } = folder is null ? WorldTokenizer.Clip : positions is null ? TokenizerLoader.LoadClip(folder) : Padded(folder, positions.Value);

    /// <summary>Ids of a text, cut to a length; the end token stays.</summary>
    public int[] Encode(string text, int length)
    {
        IReadOnlyList<int> ids = Tokenizer.Encode(text);
        return ids.Count <= length ? [.. ids] : [.. ids.Take(length - 1), ids[^1]];
    }

    /// <summary>Pixels −1..1 in the network's scale; the caller's where it is another one, else the same tensor.</summary>
    public Tensor Scaled(Tensor pixels)
    {
        if (_scale is not { } scale)
        {
            return pixels;
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor PerChannel(double[] values) => tensor(Array.ConvertAll(values, v => (float)v), [1, 3, 1, 1]).to(pixels.device);
        return ((((pixels + 1.0) * 0.5) - PerChannel(scale.Mean)) / PerChannel(scale.Deviation)).MoveToOuterDisposeScope();
    }

    /// <summary>Writes tokenizer and image settings.</summary>
    public void Write(string target, int side)
    {
        if (folder is null)
        {
            WorldTokenizer.WriteClip(target);
            File.WriteAllText(Path.Combine(target, Processor), PictureProcessor.Clip(side));
        }
        else
        {
            CopyTokenizer(folder, target, positions);
            File.Copy(Path.Combine(folder, Processor), Path.Combine(target, Processor), overwrite: true);
        }
    }

    private static void CopyTokenizer(string from, string to, int? positions)
    {
        if (positions is not { } longest)
        {
            TokenizerFiles.Copy(from, to);
            return;
        }

        string padding = TokenizerLoader.LoadClip(from).TokenText(0) ?? throw new ModelFormatException($"{from}: its tokenizer has no token 0");
        TokenizerFiles.Copy(from, to, longest, padding);
    }

    /// <summary>The tokenizer as the trained model's folder will hold it.</summary>
    private static ClipTokenizer Padded(string folder, int positions)
    {
        DirectoryInfo copy = Directory.CreateTempSubdirectory("moodpipe-tokenizer-");
        try
        {
            CopyTokenizer(folder, copy.FullName, positions);
            return TokenizerLoader.LoadClip(copy.FullName);
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }

    /// <summary>Mean and deviation of channels; null where they make −1..1 of 0..1, as pictures are.</summary>
    private static (double[], double[])? Scale(string path)
    {
        ModelConfig config = ModelConfig.Read(path);
        double[] mean = config.Doubles("image_mean"), deviation = config.Doubles("image_std");
        return mean.Length != 3 || deviation.Length != 3 || deviation.Any(d => !(d > 0)) ? throw new ModelFormatException($"{path}: image_mean and image_std must have three numbers, image_std positive ones")
            : mean.Concat(deviation).All(v => v == 0.5) ? null
            : (mean, deviation);
    }
}
