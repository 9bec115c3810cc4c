using Pipeline.Evaluation.Metrics;
using Pipeline.Imaging;
using Pipeline.Imaging.Resampling;
using Pipeline.Methods.Emotions;
using Pipeline.Models.Classification;
using Pipeline.Models.Clip;
using Pipeline.Models.Dino;
using Pipeline.Models.Preprocessing;
using Pipeline.Stages.Modelling;
using Pipeline.Stages.Scoring;
using Pipeline.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Stages.Tests.Real;

/// <summary>What scoring costs, counted in passes of the metric networks, and what the metrics of DINO are.</summary>
[Collection("tensors")]
public sealed class ScoreCountTests : IDisposable
{
    private const int Edits = 4;
    private readonly TemporaryFolder folder = new();
    private readonly string models;

    public ScoreCountTests() => models = TinyModels.Create(folder.File("models"));

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_source_is_seen_once_by_every_network_an_edit_once_and_a_text_once()
    {
        using var clip = new ModelSlot<ClipEmbedder>(() => ClipEmbedder.Load(Path.Combine(models, "c")));
        var counting = new CountingProcessor(ImageProcessorLoader.Load(Path.Combine(models, "d")));
        using var structure = new ModelSlot<StructureModel>(() => new StructureModel(ViTModel.Load(Path.Combine(models, "d")), counting, CPU));
        using var perceptual = new ModelSlot<PerceptualMetrics>(() => PerceptualMetrics.Load(Path.Combine(models, "f")));
        ImageClassifier judge = ImageClassifier.Load(Path.Combine(models, "g"));
        using var classifier = new ModelSlot<EmotionClassifier>(() => new EmotionClassifier(judge));
        using var work = new ScoreWork(clip, structure, perceptual, classifier);
        for (int i = 0; i < Edits; i++)
        {
            // Every edit brings the source as its own object, as messages do, larger than the edit.
            IReadOnlyDictionary<string, MetricValue> metrics = work.Run(new ScoreInput(Picture(96, 64, 1), Picture(48, 32, 2 + i), null, "a house", $"a house, number {i}", i % 2 == 0 ? "joy" : "sadness", null));
            Assert.Superset(new HashSet<string> { "clip_t", "clip_i", "clip_score", "emo_top1", "dino", "structure_distance", "lpips", "emo_a" }, metrics.Keys.ToHashSet());
        }

        Assert.Equal(1 + Edits, clip.Value.ImageForwards); // CLIP-T, CLIP-I, directional, emotions: one pass
        Assert.Equal(EmotionTaxonomy.All.Sum(e => EmotionTemplates.Of(e).Count) + (2 * Edits) + 1, clip.Value.TextForwards); // target prompts with and without the prefix, one source prompt
        Assert.Equal(1 + Edits, counting.Calls);
        Assert.Equal(1 + Edits, perceptual.Value.Model.Forwards);
        Assert.Equal(1 + Edits, judge.Forwards);
    }

    [Fact]
    public void Dino_is_the_cosine_of_class_tokens_and_the_distance_that_of_the_keys_of_the_same_pass()
    {
        string folder = Path.Combine(models, "d");
        using StructureModel structure = StructureModel.Load(folder, CPU);
        using ViTModel model = ViTModel.Load(folder);
        IImageProcessor processor = ImageProcessorLoader.Load(folder);
        (RgbImage a, RgbImage b) = (Picture(48, 32, 1), Picture(48, 32, 2));
        StructureScores scores = structure.Compare(a, b);
        using var scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        Tensor x = model.ClassToken(processor.Process(a)).squeeze(0), y = model.ClassToken(processor.Process(b)).squeeze(0);
        Assert.Equal((x * y).sum().ToDouble() / (x.norm().ToDouble() * y.norm().ToDouble()), scores.ClassSimilarity, 5);
        Assert.Equal(StructureDistance.Compute(model.Keys(processor.Process(a)).squeeze(0), model.Keys(processor.Process(b)).squeeze(0)), scores.Distance, 7);
        Assert.Null(scores.DistancePie255);
        Assert.Equal((0, 1), (Math.Round(structure.Compare(a, a).Distance, 9), Math.Round(structure.Compare(a, a).ClassSimilarity, 6)));
    }

    [Fact]
    public void PIE_Benchs_range_is_that_of_pixels_which_were_never_divided_by_255()
    {
        string usual = Path.Combine(models, "d"), raw = folder.File("raw");
        Directory.CreateDirectory(raw);
        foreach (string file in Directory.GetFiles(usual))
        {
            File.Copy(file, Path.Combine(raw, Path.GetFileName(file)));
        }

        string config = File.ReadAllText(Path.Combine(raw, "preprocessor_config.json"));
        File.WriteAllText(Path.Combine(raw, "preprocessor_config.json"), config.TrimEnd().TrimEnd('}').Replace("\"do_rescale\": true,", "", StringComparison.Ordinal) + ", \"do_rescale\": false}");
        using StructureModel model = StructureModel.Load(usual, CPU), never = StructureModel.Load(raw, CPU);
        (RgbImage a, RgbImage b) = (Picture(48, 32, 1), Picture(48, 32, 2));
        StructureScores scores = model.Compare(a, b, pie255: true);
        double wanted = never.Compare(a, b).Distance;
        Assert.InRange(scores.DistancePie255!.Value, wanted * 0.999, wanted * 1.001);
        Assert.NotEqual(scores.Distance, scores.DistancePie255.Value, 6);
    }

    [Fact]
    public void Both_border_conventions_of_SSIM_and_both_ranges_can_be_asked_for_by_name_and_cost_nothing_else()
    {
        using var structure = new ModelSlot<StructureModel>(() => StructureModel.Load(Path.Combine(models, "d"), CPU));
        using var work = new ScoreWork(null, structure);
        (RgbImage a, RgbImage b) = (Picture(48, 32, 1), Picture(48, 32, 2));
        ScoreInput input = new(a, b, null, "", "", "joy", null);
        Assert.DoesNotContain(work.Run(input).Keys, MetricNames.OnRequest.Contains);
        IReadOnlyDictionary<string, MetricValue> asked = work.Run(input with { Wanted = [.. MetricNames.Usual, .. MetricNames.OnRequest] });
        Assert.Superset(MetricNames.OnRequest.ToHashSet(), asked.Keys.ToHashSet());
        Assert.Equal(Ssim.Compute(a, b, SsimBorder.Full).Value, asked[MetricNames.SsimFull].Value);
        Assert.NotEqual(asked[MetricNames.Ssim].Value, asked[MetricNames.SsimFull].Value);
        Assert.Equal(work.Run(input).Keys.Order(), asked.Keys.Except(MetricNames.OnRequest).Order());
    }

    [Fact]
    public void Kept_views_of_a_source_are_freed() => LiveTensors.AssertUnchangedBy(() =>
    {
        using StructureModel model = StructureModel.Load(Path.Combine(models, "d"), CPU);
        model.Compare(Picture(48, 32, 1), Picture(48, 32, 2), pie255: true);
        model.Compare(Picture(48, 32, 3), Picture(48, 32, 2));
    });

    private static RgbImage Picture(int width, int height, int seed)
    {
        byte[] coarse = new byte[6 * 4 * 3];
        new Xorshift((ulong)seed).Fill(coarse);
        return PillowResize.Resize(new RgbImage(6, 4, coarse), width, height, ResampleFilter.Bicubic);
    }

    private sealed class CountingProcessor(IImageProcessor inner) : IImageProcessor
    {
        public int Calls { get; private set; }

        public PixelValues Compute(RgbImage image)
        {
            Calls++;
            return inner.Compute(image);
        }
    }
}
