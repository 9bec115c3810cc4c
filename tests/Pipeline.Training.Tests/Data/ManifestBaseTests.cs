using System.Text.Json.Nodes;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Tokenizers;
using Pipeline.TestKit;
using Pipeline.Training.Autoencoder;
using Pipeline.Training.Contrast;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using Pipeline.Training.Tests.Denoising;
using Pipeline.Training.Tests.Runs;

namespace Pipeline.Training.Tests.Data;

/// <summary>Trainers that go on from a model of one's own with pictures of one's own.</summary>
public sealed class ManifestBaseTests(BaseModels bases) : IClassFixture<BaseModels>
{
    [Fact]
    public void The_decoder_learns_from_files_while_its_encoder_stays_and_resumes_bit_for_bit()
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = bases.On(AutoencoderRecipes.DecoderSmoke);
        config = config.On(PictureFolder.OfWorld(folder, config.Data));
        using (DecoderTask task = new(config))
        {
            new TrainingRun(config, task, folder.File("run")).Run(false, CancellationToken.None);
        }

        SmokeCheck check = SmokeCheck.Of(folder.File("run"), AutoencoderRecipes.DecoderSmokeMargin);
        Assert.True(check.Passed, check.ToString());
        using SafetensorsFile before = Weights(bases.Vae), after = Weights(folder.File("run", "model"));
        Assert.All(before.Names, n => Assert.Equal(
            n.StartsWith("encoder.", StringComparison.Ordinal) || n.StartsWith("quant_conv.", StringComparison.Ordinal), before.ReadDoubles(n).SequenceEqual(after.ReadDoubles(n))));
        TrainingFixture.AssertResumes(config with { Steps = 10, Batch = 2, CheckpointEvery = 10 }, c => new DecoderTask(c));
    }

    [Fact]
    public void Clip_over_a_base_model_starts_at_its_weights_and_reads_by_its_tokenizer_and_image_settings()
    {
        using TemporaryFolder folder = new();
        string other = OtherInputs(folder);
        TrainingConfig config = ClipRecipes.Smoke with
        {
            Steps = 2, Batch = 8, Average = 0, CheckpointEvery = 2, Optimiser = new OptimiserConfig { Rate = 1e-12 }, Data = new WorldData { Scenes = 16, HeldOut = 4 },
        };
        config = config.On(PictureFolder.OfWorld(folder, config.Data));
        double world = FirstLoss(bases.Clip, "world"), own = FirstLoss(other, "own");
        Assert.NotEqual(world, own);                                            // other ids and other pixels reach the same weights

        string model = folder.File("own", "model");
        Assert.All(["vocab.json", "merges.txt", "preprocessor_config.json"], f => Assert.Equal(File.ReadAllBytes(Path.Combine(other, f)), File.ReadAllBytes(Path.Combine(model, f))));
        Assert.NotEqual(WorldTokenizer.Clip.Encode("a red dog"), TokenizerLoader.LoadClip(model).Encode("a red dog"));
        using SafetensorsFile before = Weights(other), after = Weights(model);
        Assert.All(before.Names, n => Assert.All(before.ReadDoubles(n).Zip(after.ReadDoubles(n)), p => Assert.Equal(p.First, p.Second, 1e-6)));

        double FirstLoss(string start, string run)
        {
            TrainingConfig over = config with { Base = new Dictionary<string, string> { [ClipTask.System] = start } };
            using ClipTask task = new(over);
            new TrainingRun(over, task, folder.File(run)).Run(false, CancellationToken.None);
            return LossLog.Read(folder.File(run, "losses.csv"))[0].Loss;
        }
    }

    [Fact]
    public void Clip_resumes_bit_for_bit_over_a_base_model_with_another_tokenizer()
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = (ClipRecipes.Smoke with { Steps = 10, CheckpointEvery = 10 }).On(PictureFolder.OfGradients(folder, 20), new ManifestOptions { Side = 64, Crop = CropMode.Random });
        TrainingFixture.AssertResumes(config with { Base = new Dictionary<string, string> { [ClipTask.System] = OtherInputs(folder) } }, c => new ClipTask(c));
    }

    /// <summary>The base CLIP with two words' ids exchanged and the published models' means and deviations of channels.</summary>
    private string OtherInputs(TemporaryFolder folder)
    {
        string copy = folder.File("clip");
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.EnumerateFiles(bases.Clip))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        Edit("vocab.json", ids => (ids["red</w>"], ids["dog</w>"]) = ((int)ids["dog</w>"]!, (int)ids["red</w>"]!));
        Edit("preprocessor_config.json", settings =>
        {
            settings["image_mean"] = new JsonArray(0.48145466, 0.4578275, 0.40821073);
            settings["image_std"] = new JsonArray(0.26862954, 0.26130258, 0.27577711);
        });
        File.Delete(Path.Combine(copy, "tokenizer.json"));
        return copy;

        void Edit(string name, Action<JsonObject> change)
        {
            JsonObject json = JsonNode.Parse(File.ReadAllText(Path.Combine(copy, name)))!.AsObject();
            change(json);
            File.WriteAllText(Path.Combine(copy, name), json.ToJsonString());
        }
    }

    private static SafetensorsFile Weights(string folder) => SafetensorsFile.Open(Assert.Single(Directory.EnumerateFiles(folder, "*.safetensors")));
}
