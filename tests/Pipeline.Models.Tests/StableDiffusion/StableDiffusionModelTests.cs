using Pipeline.Models.StableDiffusion;
using Pipeline.TestKit;

namespace Pipeline.Models.Tests.StableDiffusion;

public sealed class StableDiffusionModelTests
{
    private static readonly string Model = Fixtures.Path("goldens", "diffusion", "tiny-sd");

    [Theory]
    [InlineData("\"UNet2DConditionModel\"", "\"UNet3DConditionModel\"", "unet")]
    [InlineData("\"AutoencoderKL\"", "\"AutoencoderTiny\"", "vae")]
    [InlineData("\"CLIPTextModel\"", "\"T5EncoderModel\"", "text_encoder")]
    [InlineData("\"CLIPTokenizer\"", "\"T5Tokenizer\"", "tokenizer")]
    [InlineData("\"vae\": [", "\"text_encoder_2\": [\"transformers\", \"CLIPTextModelWithProjection\"], \"vae\": [", "text_encoder_2")]
    public void A_pipeline_of_another_kind_is_refused_by_name(string present, string other, string word)
    {
        using TemporaryFolder folder = new();
        string index = File.ReadAllText(Path.Combine(Model, "model_index.json"));
        string changed = index.Replace(present, other, StringComparison.Ordinal);
        Assert.NotEqual(index, changed);
        File.WriteAllText(Path.Combine(folder.Path, "model_index.json"), changed);
        ModelFormatException error = Assert.Throws<ModelFormatException>(() => StableDiffusionModel.Load(folder.Path));
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_an_index_is_refused()
    {
        using TemporaryFolder folder = new();
        Assert.Throws<ModelFormatException>(() => StableDiffusionModel.Load(folder.Path));
    }

    [Fact]
    public void A_missing_component_is_named()
    {
        using TemporaryFolder folder = new();
        File.Copy(Path.Combine(Model, "model_index.json"), Path.Combine(folder.Path, "model_index.json"));
        ModelFormatException error = Assert.Throws<ModelFormatException>(() => StableDiffusionModel.Load(folder.Path));
        Assert.Contains("scheduler_config.json", error.Message, StringComparison.Ordinal);
    }

    [SharedGoldensFact]
    public void A_whole_folder_loads_and_encodes_prompts()
    {
        using StableDiffusionModel model = StableDiffusionModel.Load(Path.Combine(Fixtures.SharedGoldens!, "diffusion", "tiny-sd"));
        Assert.Equal(77, model.TextLength);
        Assert.Equal("DDIMScheduler", model.Scheduler.String("_class_name"));
        TinyUNet.AssertLeavesNoTensor(() =>
        {
            using var text = model.EncodeText(["a cat", ""]);
            Assert.Equal([2, 77, 32], text.shape);
        });
    }
}
