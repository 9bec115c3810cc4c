using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Models;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Clip;
using Pipeline.Models.StableDiffusion;
using Pipeline.Models.Tokenizers;
using Pipeline.TestKit;
using Pipeline.Training.Contrast;
using Pipeline.Training.Data;
using Pipeline.Training.Denoising;
using Pipeline.Training.Runs;
using Pipeline.Training.Tests.Data;
using Pipeline.Training.Tests.Denoising;
using Pipeline.Training.Tests.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests.Contrast;

/// <summary>The MoodifyCLIP trainer over a small CLIP.</summary>
public sealed class MoodifyClipTrainingTests(BaseModels bases) : IClassFixture<BaseModels>
{
    private const string Positions = "text_model.embeddings.position_embedding.weight";

    private TrainingConfig TenSteps => Over(MoodifyClipRecipes.Smoke with { Steps = 10, Batch = 2, CheckpointEvery = 10, Data = new WorldData { Scenes = 64, HeldOut = 16 } });

    [Fact]
    public void Ten_steps_equal_five_and_five_after_a_resume_bit_for_bit() => TrainingFixture.AssertResumes(TenSteps, c => new MoodifyClipTask(c));

    [Fact]
    public void Training_leaves_no_tensor_behind() => TrainingFixture.AssertNothingLeft(TenSteps with { Steps = 2 }, c => new MoodifyClipTask(c));

    [Fact]
    public void Rendering_ahead_on_several_threads_gives_the_bits_of_rendering_in_the_step()
    {
        using TemporaryFolder folder = new();
        foreach (int readers in new[] { 0, 3 })
        {
            Train(TenSteps.In(new TrainingSurroundings { Readers = readers }) with { Steps = 4 }, folder.File($"{readers}"));
        }

        Assert.Equal(File.ReadAllText(folder.File("0", "losses.csv")), File.ReadAllText(folder.File("3", "losses.csv")));
        Assert.Equal(TrainingFixture.Checkpoint(folder, "0", 4, "adapter.safetensors"), TrainingFixture.Checkpoint(folder, "3", 4, "adapter.safetensors"));
    }

    [Fact]
    public void A_stretched_tower_reads_short_texts_exactly_as_before_and_long_ones_not()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        using ClipModel before = ClipModel.Load(bases.Clip), after = new StretchedClip(bases.Clip, new MoodifyClipOptions()).Load(CPU);
        Assert.Equal((77, 248), (before.Config.Text.Positions, after.Config.Text.Positions));
        ClipTokenizer tokenizer = TokenizerLoader.LoadClip(bases.Clip);
        for (ulong seed = 0; seed < 20; seed++)
        {
            int[] words = [.. tokenizer.Encode(SceneCaption.Long(Scene.Sample(seed)))];
            for (int length = 3; length <= 20; length++)
            {
                int[] ids = [.. words.Take(length - 1), words[^1]];
                Assert.Equal(Feature(before, ids), Feature(after, ids));
            }

            Assert.NotEqual(Feature(before, words), Feature(after, words));             // more than twenty tokens
        }
    }

    [Fact]
    public void Kept_positions_do_not_move_while_the_others_and_both_towers_learn()
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = TenSteps with { Optimiser = TenSteps.Optimiser with { WeightDecay = 0.5 } };
        Train(config, folder.Path);
        using SafetensorsFile before = Weights(bases.Clip), after = Weights(folder.File("model"));
        Assert.Equal([248L, 32L], after.Info(Positions).Shape);
        double[] old = before.ReadDoubles(Positions), trained = after.ReadDoubles(Positions), current = TrainingFixture.Weights(TrainingFixture.CheckpointPath(folder, ".", 10, "adapter.safetensors"), Positions);
        int kept = 20 * 32;
        Assert.Equal(old[..kept], trained[..kept]);                                     // the running average too
        Assert.Equal(old[..kept], current[..kept]);
        Assert.All(new[] { 21, 25, 30 }, row => Assert.NotEqual(Stretched(old)[(row * 32)..((row + 1) * 32)], trained[(row * 32)..((row + 1) * 32)]));
        Assert.All(TrainingFixture.Weights(TrainingFixture.CheckpointPath(folder, ".", 10, "optimizer.safetensors"), Positions + ".exp_avg_sq")[..kept], v => Assert.Equal(0, v));
        Assert.All(["visual_projection.weight", "text_projection.weight", "vision_model.embeddings.patch_embedding.weight", "logit_scale"], n => Assert.NotEqual(before.ReadDoubles(n), after.ReadDoubles(n)));
    }

    [Fact]
    public void Patches_are_projected_one_by_one_and_sentences_stay_with_their_picture()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        using MoodifyClipTask task = new(TenSteps);
        using AnnotatedScenes scenes = new(TenSteps.Data);
        AnnotatedPicture[] batch = [.. scenes.HeldOut().Take(3)];
        MoodifyFeatures features = task.Features(batch);
        ClipModel network = (ClipModel)task.Network;
        Tensor pixels = TrainingData.Pixels(batch.Select(p => p.Image)), tokens = network.ImageTokens(pixels);          // [3, 65, 32]
        long[][] shapes = [[3, 32], [3, 64, 32], [3, 32], [3, 5, 32]];
        Assert.Equal(shapes, [features.Images.shape, features.Patches.shape, features.Full.shape, features.Sentences.shape]);
        AssertClose(network.EmbedImage(pixels), features.Images);
        for (int i = 0; i < 3; i++)
        {
            AssertClose(ClipModel.UnitLength(network.ProjectImage(tokens[i, 1 + (20 * i)].unsqueeze(0))), features.Patches[i, 20 * i].unsqueeze(0));
            for (int j = 0; j < 5; j++)
            {
                int[] ids = [.. WorldTokenizer.Clip.Encode(batch[i].Said.Sentences[j])];
                AssertClose(tensor(Feature(network, ids)), features.Sentences[i, j]);
            }
        }
    }

    [Fact]
    public void The_exported_folder_has_the_new_positions_pads_with_token_0_and_embeds_as_the_training_did()
    {
        using TemporaryFolder folder = new();
        double score = Train(TenSteps with { Average = 0 }, folder.Path).Score!.Value;
        string model = folder.File("model");
        using JsonDocument config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(model, "config.json")));
        Assert.Equal(248, config.RootElement.GetProperty("text_config").GetProperty("max_position_embeddings").GetInt32());
        ClipTokenizer tokenizer = TokenizerLoader.LoadClip(model);
        Assert.Equal((248, 0), (tokenizer.MaximumLength, tokenizer.PadId));
        Assert.Equal(WorldTokenizer.Clip.Encode("a red dog on the beach"), tokenizer.Encode("a red dog on the beach"));

        using DisposeScope scope = NewDisposeScope();
        using ClipEmbedder embedder = ClipEmbedder.Load(model);
        Scene[] scenes = [.. Enumerable.Range(0, 16).Select(i => Scene.Sample(900_000_000 + (ulong)i))];
        string[] captions = [.. scenes.Select(SceneCaption.Long)];
        Tensor cosines = embedder.EmbedImages([.. scenes.Select(s => SceneRenderer.Render(s).Image)]).matmul(embedder.EmbedTexts(captions).transpose(0, 1));
        (double byPicture, double byText) = RetrievalRecall.Of(cosines, captions, 1);
        Assert.Equal(score, (byPicture + byText) / 2, 6);
        using JsonDocument scores = JsonDocument.Parse(File.ReadAllBytes(folder.File(TrainingRun.ScoresFile)));
        string[] names = [.. scores.RootElement.EnumerateObject().Select(p => p.Name)];
        Assert.All(["captions of pictures, R@5 (%)", "pictures of captions, R@1 (%)", "zero-shot emotion: top-1 (%)", "zero-shot emotion: top-3 (%)", "zero-shot emotion: macro-F1 (%)"], n => Assert.Contains(n, names));
        Assert.Contains(names, n => n.StartsWith("zero-shot emotion: recall of", StringComparison.Ordinal));
    }

    [Fact]
    public void The_exported_folder_is_a_stable_diffusion_folders_text_encoder_with_248_positions()
    {
        using TemporaryFolder folder = new();
        string tiny = Path.Combine(Fixtures.RepositoryRoot, "models", "tiny"), model = folder.File("run", "model"), diffusion = folder.File("diffusion");
        Train(TenSteps with { Steps = 1, CheckpointEvery = 1, Base = new Dictionary<string, string> { [ClipTask.System] = Path.Combine(tiny, "clip") }, Optimiser = new OptimiserConfig { Rate = 1e-30 } }, folder.File("run"));
        CopyFolder(Path.Combine(tiny, "diffusion"), diffusion);
        CopyFolder(model, Path.Combine(diffusion, "text_encoder"));
        CopyFolder(model, Path.Combine(diffusion, "tokenizer"));
        Assert.Equal(248, ClipTextConfig.Read(Path.Combine(diffusion, "text_encoder")).Positions);       // what the prompting step may fill

        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        using StableDiffusionModel before = StableDiffusionModel.Load(Path.Combine(tiny, "diffusion")), after = StableDiffusionModel.Load(diffusion);
        Assert.Equal((77, 248), (before.TextLength, after.TextLength));
        string prompt = SceneCaption.Short(Scene.Sample(3));
        int words = WorldTokenizer.Clip.Encode(prompt).Count;
        Assert.InRange(words, 8, 20);
        Tensor short_ = before.EncodeText([prompt]), long_ = after.EncodeText([prompt]);                 // [1, 77, 64], [1, 248, 64]
        Assert.Equal([1L, 248L, 64L], long_.shape);
        AssertClose(short_.narrow(1, 0, words), long_.narrow(1, 0, words), 5e-3);                        // the same words at the same positions; the base is stored in half precision
        Assert.True((short_.narrow(1, words, 20 - words) - long_.narrow(1, words, 20 - words)).abs().max().ToDouble() > 0.01, "padded with the same token");
        Tensor noise = after.UNet.Forward(randn(1, 4, 16, 16), tensor([500L]), long_);
        Assert.True(double.IsFinite(noise.abs().max().ToDouble()));
        int[] filled = [after.Tokenizer.BeginId!.Value, .. Enumerable.Repeat(after.Tokenizer.EncodePlain("dog")[0], 246), after.Tokenizer.EndId!.Value];
        Assert.Equal(filled, after.Tokenizer.EncodePadded(string.Join(' ', Enumerable.Repeat("dog", 300)), 248));
    }

    [Fact]
    public void A_denoiser_is_trained_over_the_exported_folder_and_ships_its_long_text_tower()
    {
        using TemporaryFolder folder = new();
        Train(TenSteps with { Steps = 1, CheckpointEvery = 1 }, folder.File("clip"));
        TrainingConfig config = bases.On(DiffusionRecipes.Smoke with { Steps = 1, Batch = 2, CheckpointEvery = 1, Data = new WorldData { Scenes = 8, HeldOut = 2 } });
        config = config with { Base = new Dictionary<string, string>(config.Base!) { [ClipTask.System] = folder.File("clip", "model") } };
        using (DiffusionTask task = new(config))
        {
            new TrainingRun(config, task, folder.File("diffusion")).Run(false, CancellationToken.None);
        }

        using StableDiffusionModel model = StableDiffusionModel.Load(folder.File("diffusion", "model"));
        Assert.Equal((248, 0), (model.TextLength, model.Tokenizer.PadId));
    }

    [Fact]
    public void A_text_tower_may_keep_its_positions_or_take_any_whole_multiple_of_those_that_are_not_kept()
    {
        int Of(MoodifyClipOptions options) => new StretchedClip(bases.Clip, options).Config.Text.Positions;
        Assert.Equal((248, 77, 134, 77, 229), (Of(new()), Of(new() { Positions = 77 }), Of(new() { Positions = 134 }), Of(new() { Positions = 77, Keep = 0 }), Of(new() { Positions = 229, Keep = 1 })));
        foreach (MoodifyClipOptions wrong in new MoodifyClipOptions[] { new() { Positions = 100 }, new() { Positions = 20 }, new() { Keep = 76 }, new() { Positions = 0 } })
        {
            Assert.Contains("cannot become", Assert.Throws<TrainingException>(() => new StretchedClip(bases.Clip, wrong)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"full": -1}""", "must not be negative")]
    [InlineData("""{"full": 0, "summary": 0, "fineGrained": 0, "transport": 0}""", "nor all 0")]
    [InlineData("""{"labelSmoothing": 1}""", "labelSmoothing")]
    [InlineData("""{"keep": -1}""", "task.keep")]
    [InlineData("""{"weights": 1}""", "not settings of moodify-clip")]
    public void Settings_out_of_range_are_refused(string task, string expected)
    {
        using JsonDocument document = JsonDocument.Parse(task);
        Assert.Contains(expected, Assert.Throws<TrainingException>(() => new MoodifyClipTask(TenSteps with { Task = document.RootElement })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_published_clip_whose_configuration_has_the_historical_end_token_is_taken_as_it_is()
    {
        using TemporaryFolder folder = new();
        CopyFolder(bases.Clip, folder.Path);
        JsonObject config = JsonNode.Parse(File.ReadAllText(folder.File("config.json")))!.AsObject();
        config["text_config"]!["eos_token_id"] = 2;
        config["text_config"]!["note"] = "kept";
        File.WriteAllText(folder.File("config.json"), config.ToJsonString());
        TrainingConfig historical = TenSteps with { Steps = 2, CheckpointEvery = 2, Base = new Dictionary<string, string> { [ClipTask.System] = folder.Path } };
        Train(historical, folder.File("old"));
        Train(TenSteps with { Steps = 2, CheckpointEvery = 2 }, folder.File("new"));
        Assert.Equal(File.ReadAllText(folder.File("new", "losses.csv")), File.ReadAllText(folder.File("old", "losses.csv")));     // the end token has the largest id
        JsonNode written = JsonNode.Parse(File.ReadAllText(folder.File("old", "model", "config.json")))!["text_config"]!;
        Assert.Equal((2, "kept", 248, 0), ((int)written["eos_token_id"]!, (string)written["note"]!, (int)written["max_position_embeddings"]!, (int)written["pad_token_id"]!));
    }

    [Fact]
    public void What_does_not_fit_the_base_model_is_refused()
    {
        Assert.Contains("--base clip=DIR", Assert.Throws<TrainingException>(() => new MoodifyClipTask(TenSteps with { Base = null })).Message, StringComparison.Ordinal);
        Assert.Contains("must be empty", Assert.Throws<TrainingException>(() => new MoodifyClipTask(TenSteps with { Model = ClipRecipes.Smoke.Model })).Message, StringComparison.Ordinal);
        Assert.Contains("whole batch", Assert.Throws<TrainingException>(() => new MoodifyClipTask(TenSteps with { MicroBatch = 1 })).Message, StringComparison.Ordinal);
        Assert.Throws<ModelFormatException>(() => new MoodifyClipTask(TenSteps with { Base = new Dictionary<string, string> { [ClipTask.System] = Path.GetDirectoryName(bases.Vae)! } }));
    }

    [Fact]
    public void A_folder_of_the_worlds_pictures_lowers_the_loss_and_resumes_bit_for_bit()
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = Over(MoodifyClipRecipes.Smoke with { Batch = 16, Data = new WorldData { Scenes = 60, HeldOut = 12 } });
        config = config.On(PictureFolder.OfWorld(folder, config.Data));
        Train(config, folder.File("run"));
        SmokeCheck check = SmokeCheck.Of(folder.File("run"), MoodifyClipRecipes.SmokeMargin);
        Assert.True(check.Passed, check.ToString());
        using JsonDocument scores = JsonDocument.Parse(File.ReadAllBytes(folder.File("run", TrainingRun.ScoresFile)));
        int labelled = Enumerable.Range(0, 12).Count(i => MoodAnnotation.Of(Scene.Sample(config.Data.FirstHeldOut + (ulong)i)).Emotion is not null);
        Assert.Equal(labelled, scores.RootElement.GetProperty("zero-shot emotion: pictures").GetInt32());
        TrainingFixture.AssertResumes(config with { Steps = 10, CheckpointEvery = 10, Batch = 12 }, c => new MoodifyClipTask(c));
    }

    [Fact]
    public void Lines_hold_the_sentences_of_their_scene_without_a_change_to_its_caption()
    {
        using TemporaryFolder folder = new();
        WorldFolder.Write(folder.Path, 7, 5);
        string[] lines = File.ReadAllLines(folder.File("metadata.jsonl"));
        for (int i = 0; i < lines.Length; i++)
        {
            Scene scene = Scene.Sample(7 + (ulong)i);
            MoodAnnotation read = MoodAnnotation.Parse(global::System.Text.Encoding.UTF8.GetBytes(lines[i]), "line"), own = MoodAnnotation.Of(scene);
            Assert.Equal((own.Full, own.Emotion), (read.Full, read.Emotion));
            Assert.Equal(SceneCaption.Long(scene), read.Full);
            Assert.Equal(5, read.Sentences.Count);
        }
    }

    [Theory]
    [InlineData("""{"summary": "s", "stimuli": [{"sentence": "a"}, {"phrase": "b"}, {"sentence": "c"}], "overall": "o"}""", ":2: 'stimuli[1].sentence' must be a sentence")]
    [InlineData("""{"summary": "s", "stimuli": [{"sentence": "a"}, {"sentence": "b"}], "overall": "o"}""", ":2: 'stimuli' must be a list of 3 objects")]
    [InlineData("""{"summary": "s", "stimuli": [{"sentence": "a"}, {"sentence": "b"}, "c"], "overall": "o"}""", ":2: 'stimuli[2].sentence'")]
    [InlineData("""{"summary": "s", "stimuli": "abc", "overall": "o"}""", ":2: 'stimuli'")]
    [InlineData("""{"summary": " ", "stimuli": [{"sentence": "a"}, {"sentence": "b"}, {"sentence": "c"}], "overall": "o"}""", ":2: 'summary'")]
    [InlineData("""{"summary": "s", "stimuli": [{"sentence": "a"}, {"sentence": "b"}, {"sentence": "c"}]}""", ":2: 'overall'")]
    [InlineData("""{"summary": "s", "stimuli": [{"sentence": "a"}, {"sentence": "b"}, {"sentence": "c"}], "overall": "o", "emotion": "hunger"}""", ":2: 'emotion': 'hunger'")]
    [InlineData("""{"summary": "s", "stimuli": [{"sentence": "a"}, {"sentence": "b"}, {"sentence": "c"}], "overall": "o", "emotion": 3}""", ":2: 'emotion' must be a string")]
    public void A_line_without_all_five_sentences_is_named_with_its_number(string line, string expected)
    {
        using TemporaryFolder folder = new();
        PictureFolder.OfGradients(folder, 2);
        const string Whole = """{"image": "0.png", "split": "train", "emotion": "joy", "summary": "s", "stimuli": [{"phrase": "p", "sentence": "a"}, {"sentence": "b"}, {"sentence": "c"}], "overall": "o"}""";
        JsonObject second = JsonNode.Parse(line)!.AsObject();
        (second["image"], second["split"]) = ("1.png", "val");
        File.WriteAllLines(folder.File("m.jsonl"), [Whole, second.ToJsonString()]);
        TrainingException error = Assert.Throws<TrainingException>(() => new MoodifyClipTask(TenSteps.On(folder.File("m.jsonl"))));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);

        File.WriteAllLines(folder.File("m.jsonl"), [Whole, Whole.Replace("train", "val", StringComparison.Ordinal).Replace("joy", "neutral", StringComparison.Ordinal)]);
        using MoodifyClipTask task = new(TenSteps.On(folder.File("m.jsonl")));
        Assert.Equal((1, 1), (task.Data!.Training.Count, task.Data.HeldOut.Count));
        Assert.Contains("side is 16", Assert.Throws<TrainingException>(() => new MoodifyClipTask(TenSteps.On(folder.File("m.jsonl"), new ManifestOptions { Side = 16 }))).Message, StringComparison.Ordinal);
    }

    private TrainingConfig Over(TrainingConfig config) => config with { Base = new Dictionary<string, string> { [ClipTask.System] = bases.Clip } };

    private static TrainingOutcome Train(TrainingConfig config, string folder)
    {
        using MoodifyClipTask task = new(config);
        return new TrainingRun(config, task, folder).Run(false, CancellationToken.None);
    }

    private static float[] Feature(ClipModel model, int[] ids)
    {
        using DisposeScope scope = NewDisposeScope();
        return model.EmbedText(tensor(Array.ConvertAll(ids, id => (long)id), [1, ids.Length]), null).squeeze(0).data<float>().ToArray();
    }

    private static double[] Stretched(double[] table)
    {
        using DisposeScope scope = NewDisposeScope();
        return LongPositions.Stretch(tensor(table, [77, 32])).flatten().data<double>().ToArray();
    }

    private static SafetensorsFile Weights(string folder) => SafetensorsFile.Open(Assert.Single(Directory.EnumerateFiles(folder, "*.safetensors")));

    private static void CopyFolder(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }

    private static void AssertClose(Tensor a, Tensor b, double tolerance = 1e-5) => Assert.InRange((a - b).abs().max().ToDouble(), 0, tolerance);
}
