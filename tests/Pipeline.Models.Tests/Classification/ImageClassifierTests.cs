using System.Text;
using Pipeline.Imaging;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Classification;
using Pipeline.Models.Dino;
using Pipeline.Models.Inspection;
using Pipeline.Models.Layers;
using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.Classification;

public sealed class ImageClassifierTests
{
    private const string Vision = "\"model_type\": \"vit\", \"hidden_size\": 12, \"intermediate_size\": 20, \"num_hidden_layers\": 2, \"num_attention_heads\": 3, \"image_size\": 16, \"patch_size\": 8";
    private const string Labels = "\"id2label\": {\"1\": \"joy\", \"0\": \"anger\", \"2\": \"awe\"}";

    [Fact]
    public void The_head_reads_the_class_token_of_the_transformer_below()
    {
        using var scope = NewDisposeScope();
        RandomWeights weights = new(3, nonTrivial: true);
        VitClassifierConfig config = Config($"{Vision}, {Labels}");
        using ViTForImageClassification model = new(weights, config);
        using ViTModel below = new(weights.Sub("vit"), config.Vision);
        using Linear head = new(weights.Sub("classifier"), 12, 3);
        Tensor pixels = Tensors.Noise(1, 2, 3, 16, 16);
        Tensors.AssertClose(head.forward(below.ClassToken(pixels)), model.Forward(pixels), 1e-6);
        Assert.Equal(["anger", "joy", "awe"], config.Labels);
        Assert.Contains("vit.encoder.layer.1.attention.attention.query.weight", model.named_parameters().Select(p => p.name));
        Assert.Contains("classifier.bias", model.named_parameters().Select(p => p.name));
    }

    [Theory]
    [InlineData("single_label_classification", true)]
    [InlineData("multi_label_classification", false)]
    public void Probabilities_follow_the_kind_of_problem(string problem, bool sumToOne)
    {
        using TemporaryFolder folder = new();
        Save(folder.Path, $"{Vision}, {Labels}, \"problem_type\": \"{problem}\"");
        using ImageClassifier classifier = ImageClassifier.Load(folder.Path);
        double[] probabilities = classifier.Classify(Picture());
        Assert.All(probabilities, p => Assert.InRange(p, 1e-6, 1 - 1e-6));
        Assert.Equal(sumToOne, Math.Abs(probabilities.Sum() - 1) < 1e-9);
        using var scope = NewDisposeScope();
        using ViTForImageClassification model = ViTForImageClassification.Load(folder.Path);
        Tensor odds = model.Probabilities(tensor([0f, 0f, (float)Math.Log(2)], [1, 3]));
        Tensors.AssertClose(sumToOne ? tensor([0.25f, 0.25f, 0.5f], [1, 3]) : tensor([0.5f, 0.5f, 2f / 3], [1, 3]), odds, 1e-6);
    }

    [Fact]
    public void A_classifier_is_told_apart_from_a_dino()
    {
        using TemporaryFolder folder = new();
        Save(folder.File("said"), $"{Vision}, {Labels}, \"architectures\": [\"ViTForImageClassification\"]");
        Save(folder.File("unsaid"), $"{Vision}, {Labels}");
        Save(folder.File("headless"), $"{Vision}, {Labels}, \"architectures\": [\"ViTModel\"]");
        Assert.Equal(
            [(ComponentKind.Dino, "headless"), (ComponentKind.Classifier, "said"), (ComponentKind.Classifier, "unsaid")],
            ModelDirectory.Open(folder.Path).Components.Select(c => (c.Kind, Path.GetFileName(c.Path))));
        Assert.Equal(["ViTForImageClassification"], ModelParts.Find(folder.File("said")).Where(p => p.Kind == PartKind.Network).Select(p => p.Architecture));

        NetworkReport report = NetworkInspector.Inspect(ModelParts.Find(folder.File("unsaid")).First(p => p.Kind == PartKind.Network));
        Assert.Empty(report.Missing);
        Assert.Empty(report.Unexpected);
    }

    [Theory]
    [InlineData(Vision)]
    [InlineData(Vision + ", \"id2label\": {\"0\": \"a\", \"2\": \"b\"}")]
    [InlineData(Vision + ", \"id2label\": {\"0\": \"a\", \"1\": 7}")]
    [InlineData(Vision + ", \"id2label\": {\"0\": \"a\", \"-1\": \"b\"}")]
    [InlineData(Vision + ", " + Labels + ", \"problem_type\": \"regression\"")]
    [InlineData("\"model_type\": \"bert\", " + Labels)]
    public void Impossible_configurations_are_refused(string json) => Assert.Throws<ModelFormatException>(() => Config(json));

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using TemporaryFolder folder = new();
        Save(folder.Path, $"{Vision}, {Labels}");
        using ImageClassifier classifier = ImageClassifier.Load(folder.Path);
        RgbImage picture = Picture();
        Tensors.AssertNothingLeft(() => classifier.Classify(picture));
    }

    private static RgbImage Picture()
    {
        RgbImage picture = new(20, 14);
        new Random(5).NextBytes(picture.Pixels);
        return picture;
    }

    private static VitClassifierConfig Config(string json) => VitClassifierConfig.From(ModelConfig.Parse(Encoding.UTF8.GetBytes($"{{{json}}}"), "config.json"));

    private static void Save(string folder, string config)
    {
        Directory.CreateDirectory(folder);
        using RecordedWeights weights = new(new RandomWeights(4, nonTrivial: true));
        using ViTForImageClassification model = new(weights, Config(config));
        weights.Write(Path.Combine(folder, "model.safetensors"));
        File.WriteAllText(Path.Combine(folder, "config.json"), $"{{{config}}}");
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), """
            {"image_processor_type": "ViTImageProcessor", "size": {"height": 16, "width": 16}, "resample": 2, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
            """);
    }
}
