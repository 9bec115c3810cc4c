using Microsoft.Win32.SafeHandles;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Data;

/// <summary>The pictures of a manifest, decoded when they are asked for: the memory it takes does not grow with pictures and captions, only by the offsets of its lines.</summary>
internal sealed class ManifestData : ITrainingData
{
    private readonly SafeFileHandle _file;

    private ManifestData(TrainingConfig config, string path, int side, ManifestNeeds needs)
    {
        ManifestOptions options = config.Data.Pictures ?? new ManifestOptions();
        BrokenPictures broken = new(options.BrokenLimit, config.Surroundings.Say);
        ManifestIndex index = IndexCache.Open(config.Surroundings.Folder, path, options, needs, broken);
        _file = File.OpenHandle(path);
        PictureCrop crop = new(side, options, config.Seed);
        (Path, Side, Digest) = (path, side, FormattableString.Invariant($"{index.Digest}-{side}-{options.Crop}-{options.Flip}-{config.Seed}"));
        Lines = new ManifestSet(_file, path, index.Training, index.Training.Length, crop, isTraining: true, broken);
        HeldOutLines = new ManifestSet(_file, path, index.HeldOut, Math.Min(index.HeldOut.Length, config.Data.HeldOut), crop, isTraining: false, broken);
    }

    public string Path { get; }

    public ManifestSet Lines { get; }

    public ManifestSet HeldOutLines { get; }

    public IPictureSet Training => Lines;

    public IPictureSet HeldOut => HeldOutLines;

    public int Side { get; }

    public string Digest { get; }

    public string Description => FormattableString.Invariant(
        $"{Lines.Count:N0} pictures of `{System.IO.Path.GetFileName(Path)}`, {Side}x{Side}; held out: {HeldOutLines.Count:N0} of it");

    /// <summary>Opens the manifest of a configuration.</summary>
    /// <param name="config">Names it.</param>
    /// <param name="side">Side of the pictures where the configuration does not say one.</param>
    /// <param name="needs">What every line must have.</param>
    /// <exception cref="TrainingException">The manifest cannot be read.</exception>
    public static ManifestData Open(TrainingConfig config, int side, ManifestNeeds needs)
    {
        string path = config.Data.Manifest ?? throw new TrainingException($"{config.System}: the configuration names no manifest: give --data FILE");
        try
        {
            return new ManifestData(config, path, config.Data.Pictures?.Side ?? side, needs);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TrainingException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    public void Dispose() => _file.Dispose();
}
