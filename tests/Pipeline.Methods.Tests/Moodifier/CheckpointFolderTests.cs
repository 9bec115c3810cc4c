using Pipeline.Diffusion.Sampling;
using Pipeline.Imaging;
using Pipeline.Methods.Moodifier;
using Pipeline.Models.StableDiffusion;
using Pipeline.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Methods.Tests.Moodifier;

/// <summary>The editor on a whole checkpoint folder, tokenizer and text encoder included.</summary>
public sealed class CheckpointFolderTests
{
    [SharedGoldensFact]
    public void A_loaded_folder_edits_with_its_own_text_encoder_and_schedule()
    {
        using var checkpoint = StableDiffusionModel.Load(Path.Combine(Fixtures.SharedGoldens!, "diffusion", "tiny-sd"));
        LatentDiffusionModel model = LatentDiffusionModel.From(checkpoint);
        using var editor = new MoodifierEditor(model, new MoodifierOptions { Steps = 3, LongSide = 128, MinLongSide = 128 });
        var image = new RgbImage(128, 128);
        var request = new EditRequest(image, "00ff", "a cat on a mat", [new EmotionEdit("fear", "a scary cat on a mat", null) { TargetPhrases = ["scary cat"] }]);
        EditResult result = editor.Edit(request);
        Assert.Equal(MaskSource.CrossAttention, result.Images[0].MaskSource); // the phrase was found among the prompt's tokens
        Assert.Equal(3 * 3, checkpoint.UNet.ForwardCount);
        Assert.Equal(0.99915, model.AlphaBar(0), 5);
        Assert.False(result.Images[0].PromptTruncated);
        Assert.True(editor.Edit(request with { SourcePrompt = string.Join(' ', Enumerable.Repeat("cat", 100)) }).Images[0].PromptTruncated);
    }

    [SharedGoldensFact]
    public void Prompt_states_are_those_of_the_models_own_encoding()
    {
        using var scope = NewDisposeScope();
        using var checkpoint = StableDiffusionModel.Load(Path.Combine(Fixtures.SharedGoldens!, "diffusion", "tiny-sd"));
        TextStates states = LatentDiffusionModel.From(checkpoint).EncodeText("a cat on a mat");
        Tensor expected = checkpoint.EncodeText(["a cat on a mat"]);
        Assert.Equal(0, (states.States - expected).abs().max().ToDouble());
        Assert.Equal(checkpoint.Tokenizer.Encode("a cat on a mat"), states.Tokens);
    }
}
