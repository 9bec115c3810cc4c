using Pipeline.Models.Blip2;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Classification;
using Pipeline.Models.Clip;
using Pipeline.Models.Dino;
using Pipeline.Models.LlavaNext;
using Pipeline.Models.Lpips;
using Pipeline.Models.StableDiffusion;

namespace Pipeline.Models.Inspection;

/// <summary>The networks this program has, by the name their configuration gives.</summary>
public static class ModelNetworks
{
    /// <summary>One <c>model_type</c> with two networks: which one it is, <c>architectures</c> says.</summary>
    private static readonly string[] s_refinements = ["CLIPTextModelWithProjection", "CLIPVisionModelWithProjection"];

    private static readonly Dictionary<string, (string BaseName, Func<string, IDisposable> Load)> s_networks = new(StringComparer.Ordinal)
    {
        ["UNet2DConditionModel"] = (CheckpointDirectory.Diffusers, folder => UNet2DConditionModel.Load(folder)),
        ["AutoencoderKL"] = (CheckpointDirectory.Diffusers, folder => AutoencoderKL.Load(folder)),
        ["clip"] = (CheckpointDirectory.Transformers, folder => ClipModel.Load(folder)),
        ["clip_text_model"] = (CheckpointDirectory.Transformers, folder => ClipTextModel.Load(folder)),
        ["clip_vision_model"] = (CheckpointDirectory.Transformers, folder => ClipVisionModel.Load(folder)),
        ["CLIPTextModelWithProjection"] = (CheckpointDirectory.Transformers, folder => ClipTextModelWithProjection.Load(folder)),
        ["CLIPVisionModelWithProjection"] = (CheckpointDirectory.Transformers, folder => ClipVisionModelWithProjection.Load(folder)),
        ["llava_next"] = (CheckpointDirectory.Transformers, folder => LlavaNextNetwork.Load(folder)),
        ["blip-2"] = (CheckpointDirectory.Transformers, folder => Blip2Network.Load(folder)),
        [VitClassifierConfig.Architecture] = (CheckpointDirectory.Transformers, folder => ViTForImageClassification.Load(folder)),
        ["lpips"] = (CheckpointDirectory.Transformers, folder => LpipsModel.Load(folder)),
        ["vit"] = (CheckpointDirectory.Transformers, folder => ViTModel.Load(folder)),
    };

    /// <summary>The name under which a configuration's network is known: <c>_class_name</c>, or <c>model_type</c>, refined where one type has two networks.</summary>
    public static string NameOf(ModelConfig config)
    {
        string type = config.String("_class_name", config.String("model_type", "unnamed"));
        return type == "vit" && VitClassifierConfig.IsClassifier(config) ? VitClassifierConfig.Architecture
            : type is "clip_text_model" or "clip_vision_model" ? config.Strings("architectures", []).FirstOrDefault(s_refinements.Contains, type) : type;
    }

    /// <summary>Whether this program has the network.</summary>
    public static bool IsKnown(string name) => s_networks.ContainsKey(name);

    /// <summary>Base name of the network's weight files.</summary>
    public static string BaseName(string name) => s_networks[name].BaseName;

    /// <summary>Loads a network in float32 on the CPU through its own loader; the caller disposes it.</summary>
    /// <exception cref="ModelFormatException">The folder is incomplete or damaged.</exception>
    public static IDisposable Load(string name, string folder) => s_networks[name].Load(folder);
}
