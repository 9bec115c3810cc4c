using Pipeline.Models.Checkpoints;
using Pipeline.Models.Dino;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using static TorchSharp.torch;

namespace Pipeline.Training.SelfDistillation;

/// <summary>The folder of a headless vision transformer.</summary>
internal static class VitExport
{
    public static void Write(string folder, ViTModel model, TrainingConfig config, int side, IReadOnlyDictionary<string, string> metadata)
    {
        SafetensorsWriter.Write(
            Path.Combine(folder, CheckpointDirectory.Transformers + ".safetensors"), model.named_parameters().Select(p => (p.name, (Tensor)p.parameter)), metadata);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.Model.GetRawText());
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), PictureProcessor.Vit(side));
    }
}
