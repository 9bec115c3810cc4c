using Pipeline.Models.Blip2;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Clip;
using Pipeline.Models.Dino;
using Pipeline.Models.Layers;
using Pipeline.Models.LlavaNext;
using Pipeline.Models.StableDiffusion;
using Pipeline.Models.Tokenizers.Building;

namespace Pipeline.Cli.Models.Tiny;

/// <summary>
/// A complete model directory with random weights: every family in its published layout, a few megabytes in all. For tests, demonstrations and checks of
/// a deployment; what it makes of pictures is noise. Weights come through the program's own networks, so the keys are those that the loaders ask for;
/// the same seed gives the same bytes.
/// </summary>
internal sealed class TinyModelDirectory(string root, long seed)
{
    private const int ClipMerges = 1400;
    private const int OptMerges = 1000;
    private const int LlamaMerges = 1000;
    private readonly string _corpus = TinyCorpus.Text();

    /// <summary>Writes all families below the root, which must not exist or be empty.</summary>
    public void Write()
    {
        Diffusion();
        Instruct();
        Mllm();
        Captioner();
        Clip();
        Dino();
    }

    private void Diffusion()
    {
        Text("diffusion", "model_index.json", TinyConfigurations.ModelIndex);
        Text("diffusion/scheduler", "scheduler_config.json", TinyConfigurations.Scheduler);
        int vocabulary = TokenizerBuilder.WriteClip(Folder("diffusion/tokenizer"), _corpus, ClipMerges);
        Network("diffusion/text_encoder", TinyConfigurations.TextEncoder(vocabulary), "model", (w, c) => new ClipTextModel(w, ClipTextConfig.From(c)));
        Network("diffusion/unet", TinyConfigurations.UNet, "diffusion_pytorch_model", (w, c) => new UNet2DConditionModel(w, UNetConfig.Read(c)));
        Network("diffusion/vae", TinyConfigurations.Autoencoder, "diffusion_pytorch_model", (w, c) => new AutoencoderKL(w, AutoencoderConfig.Read(c)));
    }

    // The other networks are the diffusion model's in kind, but drawn for this folder.
    private void Instruct()
    {
        Text("instruct", "model_index.json", TinyConfigurations.InstructIndex);
        Text("instruct/scheduler", "scheduler_config.json", TinyConfigurations.Scheduler);
        int vocabulary = TokenizerBuilder.WriteClip(Folder("instruct/tokenizer"), _corpus, ClipMerges);
        Network("instruct/text_encoder", TinyConfigurations.TextEncoder(vocabulary), "model", (w, c) => new ClipTextModel(w, ClipTextConfig.From(c)));
        Network("instruct/unet", TinyConfigurations.InstructUNet, "diffusion_pytorch_model", (w, c) => new UNet2DConditionModel(w, UNetConfig.Read(c)));
        Network("instruct/vae", TinyConfigurations.Autoencoder, "diffusion_pytorch_model", (w, c) => new AutoencoderKL(w, AutoencoderConfig.Read(c)));
    }

    private void Mllm()
    {
        int vocabulary = TokenizerBuilder.WriteLlama(Folder("mllm"), _corpus, LlamaMerges, ["<image>", "<pad>"]);
        Text("mllm", "preprocessor_config.json", TinyConfigurations.LlavaProcessor);
        Text("mllm", "generation_config.json", TinyConfigurations.LlavaGeneration(vocabulary));
        Network("mllm", TinyConfigurations.Llava(vocabulary), "model", (w, c) => new LlavaNextNetwork(w, LlavaNextConfig.From(c)));
    }

    private void Captioner()
    {
        int vocabulary = TokenizerBuilder.WriteOpt(Folder("captioner"), _corpus, OptMerges);
        Text("captioner", "preprocessor_config.json", TinyConfigurations.BlipProcessor);
        Text("captioner", "generation_config.json", TinyConfigurations.Blip2Generation);
        Network("captioner", TinyConfigurations.Blip2(vocabulary), "model", (w, c) => new Blip2Network(w, Blip2Config.From(c)));
    }

    private void Clip()
    {
        int vocabulary = TokenizerBuilder.WriteClip(Folder("clip"), _corpus, ClipMerges);
        Text("clip", "preprocessor_config.json", TinyConfigurations.ClipProcessor(32));
        Network("clip", TinyConfigurations.Clip(vocabulary), "model", (w, c) => new ClipModel(w, ClipConfig.From(c)));
    }

    private void Dino()
    {
        Text("dino", "preprocessor_config.json", TinyConfigurations.DinoProcessor);
        Network("dino", TinyConfigurations.DinoViT, "model", (w, c) => new ViTModel(w, VitConfig.From(c)));
    }

    /// <summary>Writes the configuration, reads it back as a loader would, builds the network and writes what it took.</summary>
    private void Network(string folder, string configuration, string baseName, Func<WeightSource, ModelConfig, IDisposable> build)
    {
        Text(folder, "config.json", configuration);
        ModelConfig config = ModelConfig.Read(Path.Combine(root, folder, "config.json"));

        // The folder's name is part of every key, so that no two networks share their numbers.
        using RecordedWeights weights = new(new RandomWeights(seed, nonTrivial: true).Sub(folder));
        build(weights, config).Dispose();
        weights.Write(Path.Combine(root, folder, baseName + ".safetensors"));
    }

    private void Text(string folder, string file, string content) => File.WriteAllText(Path.Combine(Folder(folder), file), content.ReplaceLineEndings("\n") + "\n");

    private string Folder(string name) => Directory.CreateDirectory(Path.Combine(root, name)).FullName;
}
