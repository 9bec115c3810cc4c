using Pipeline.Cli.Models.Tiny;
using Pipeline.Imaging;
using Pipeline.Methods;
using Pipeline.Models;
using Pipeline.Models.Clip;
using Pipeline.Stages.Modelling;
using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Cli.Tests;

/// <summary>The models that <c>models create-random</c> writes, loaded when they are asked for, and a picture.</summary>
public sealed class TinyFamily : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Lazy<DiffusionFolder> diffusion;
    private readonly Lazy<DiffusionFolder> instruct;
    private readonly Lazy<ClipEmbedder> clip;

    public TinyFamily()
    {
        string root = folder.File("models");
        new TinyModelDirectory(root, 3).Write();
        ModelDirectory directory = ModelDirectory.Open(root);
        diffusion = new(() => DiffusionFolder.Load(directory.Require(ComponentKind.Diffusion).Path, CPU));
        instruct = new(() => DiffusionFolder.Load(directory.Require(ComponentKind.Instruct).Path, CPU));
        clip = new(() => ClipEmbedder.Load(directory.Require(ComponentKind.Clip).Path));
        Models = new EditModels(() => diffusion.Value) { InstructSource = () => instruct.Value, ImageTokenSource = picture => clip.Value.ImageTokens(picture) };
    }

    public EditModels Models { get; }

    public RgbImage Picture { get; } = Painted(7, 13);

    /// <summary>Another picture of the same size.</summary>
    public RgbImage Other { get; } = Painted(3, 29);

    public void Dispose()
    {
        foreach (Lazy<DiffusionFolder> model in new[] { diffusion, instruct }.Where(m => m.IsValueCreated))
        {
            model.Value.Dispose();
        }

        if (clip.IsValueCreated)
        {
            clip.Value.Dispose();
        }

        folder.Dispose();
    }

    private static RgbImage Painted(int along, int down) => new(96, 64, [.. Enumerable.Range(0, 96 * 64 * 3).Select(i => (byte)(i * along + i / 288 * down))]);
}
