using Pipeline.Models.Attention;
using Pipeline.Models.Layers;
using Pipeline.Models.StableDiffusion;
using Pipeline.TestKit;
using static Pipeline.Models.Tests.StableDiffusion.TinyUNet;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.StableDiffusion;

public sealed class UNetTests
{
    [Theory]
    [InlineData(8, 8)]
    [InlineData(7, 5)]
    [InlineData(9, 16)]
    [InlineData(1, 3)]
    public void Any_latent_size_comes_back(long height, long width)
    {
        using UNet2DConditionModel unet = Create();
        using var scope = NewDisposeScope();
        Tensor result = unet.Forward(Sample(2, height, width), tensor(10L), Context());
        Assert.Equal([2, 4, height, width], result.shape);
        Assert.True(result.isfinite().all().item<bool>());
    }

    [Fact]
    public void A_batch_gives_what_its_samples_give()
    {
        using UNet2DConditionModel unet = Create();
        using var scope = NewDisposeScope();
        (Tensor sample, Tensor context, Tensor timesteps) = (Sample(), Context(), tensor(new long[] { 3, 870 }));
        Tensor both = unet.Forward(sample, timesteps, context);
        for (long i = 0; i < 2; i++)
        {
            Tensor one = unet.Forward(sample.narrow(0, i, 1), timesteps[i], context.narrow(0, i, 1));
            AssertClose(both.narrow(0, i, 1), one, 2e-5);
        }

        Assert.Equal(4, unet.ForwardCount);
    }

    [Fact]
    public void Weights_are_frozen_and_gradients_reach_the_inputs()
    {
        using UNet2DConditionModel unet = Create();
        using var scope = NewDisposeScope();
        (Tensor sample, Tensor context) = (Sample().requires_grad_(true), Context().requires_grad_(true));
        unet.Forward(sample, tensor(10L), context).square().sum().backward();
        Assert.True(sample.grad!.abs().sum().item<float>() > 0);
        Assert.True(context.grad!.abs().sum().item<float>() > 0);
        Assert.All(unet.parameters(), p => Assert.False(p.requires_grad));
    }

    [Fact]
    public void The_gradient_of_the_text_agrees_with_a_finite_difference()
    {
        using UNet2DConditionModel unet = Create();
        using var scope = NewDisposeScope();
        Tensor sample = Sample(1);
        Tensor context = Context(1).requires_grad_(true);
        unet.Forward(sample, tensor(10L), context).sum().backward();
        Tensor direction = Random(8, 1, 5, 10);
        double slope = (context.grad! * direction).sum().item<float>();
        const double Step = 1e-2;
        double Sum(double sign) => unet.Forward(sample, tensor(10L), context.detach() + (direction * (sign * Step))).to(ScalarType.Float64).sum().item<double>();
        double measured = (Sum(1) - Sum(-1)) / (2 * Step);
        Assert.Equal(measured, slope, 0.02 * Math.Abs(measured) + 1e-2);
    }

    [Fact]
    public void A_source_opened_for_training_gets_gradients_in_every_parameter()
    {
        using UNet2DConditionModel unet = Create(trainable: true);
        using var scope = NewDisposeScope();
        unet.Forward(Sample(), tensor(10L), Context()).square().sum().backward();
        Assert.All(unet.named_parameters(), p => Assert.NotNull(p.parameter.grad));
    }

    [Fact]
    public void Training_steps_leave_no_tensor_behind()
    {
        using UNet2DConditionModel unet = Create();
        AssertLeavesNoTensor(() =>
        {
            using var scope = NewDisposeScope();
            Tensor context = Context().requires_grad_(true);
            unet.Forward(Sample(), tensor(10L), context).square().sum().backward();
            context.grad!.Dispose();
        });
    }

    [Fact]
    public void Sites_are_numbered_in_call_order_and_adapters_in_registration_order()
    {
        using UNet2DConditionModel unet = Create();
        AttentionSites sites = unet.AttentionSites;
        Assert.Equal(
            [
                "down_blocks.0.attentions.0.transformer_blocks.0", "down_blocks.1.attentions.0.transformer_blocks.0", "mid_block.attentions.0.transformer_blocks.0",
                "up_blocks.1.attentions.0.transformer_blocks.0", "up_blocks.1.attentions.1.transformer_blocks.0",
                "up_blocks.2.attentions.0.transformer_blocks.0", "up_blocks.2.attentions.1.transformer_blocks.0",
            ],
            sites.Select(s => s.Name));
        Assert.Equal(Enumerable.Range(0, 7), sites.Select(s => s.Index));
        Assert.Equal([0, 1, 2, 1, 1, 0, 0], sites.Select(s => s.Level));
        Assert.Equal(AttentionPlace.Mid, sites[2].Place);
        Assert.Equal([0, 2, 12, 4, 6, 8, 10], sites.Select(s => sites.AdapterNumber(s, false)));
        Assert.Equal(13, sites.AdapterNumber(sites[2], true));
    }

    [Theory]
    [InlineData("a-unet-sdxl")]
    [InlineData("tiny-sd")]
    public void The_modules_names_are_the_checkpoints_names(string folder)
    {
        string path = Fixtures.Path("goldens", "diffusion", folder, "unet");
        using UNet2DConditionModel unet = UNet2DConditionModel.Load(path);
        using var file = Pipeline.Models.Checkpoints.SafetensorsFile.Open(Path.Combine(path, "diffusion_pytorch_model.safetensors"));
        Assert.Equal(file.Names.Order(StringComparer.Ordinal), unet.state_dict().Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Stable_diffusion_15_has_its_published_size()
    {
        CountingWeights weights = new();
        using UNet2DConditionModel unet = new(weights, Config("""
            {
              "block_out_channels": [320, 640, 1280, 1280], "cross_attention_dim": 768, "attention_head_dim": 8,
              "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
              "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]
            }
            """));
        Assert.Equal((686, 859_520_964L), (weights.Shapes.Count, weights.Elements));
        Assert.Equal([1280, 1920, 3, 3], weights.Shapes["up_blocks.1.resnets.2.conv1.weight"]);
        Assert.Equal([640, 960, 1, 1], weights.Shapes["up_blocks.2.resnets.2.conv_shortcut.weight"]);
        Assert.Equal(16, unet.AttentionSites.Count);
    }

    [Fact]
    public void Stable_diffusion_xl_has_its_published_size()
    {
        CountingWeights weights = new();
        using UNet2DConditionModel unet = new(weights, Config("""
            {
              "block_out_channels": [320, 640, 1280], "cross_attention_dim": 2048, "attention_head_dim": [5, 10, 20], "transformer_layers_per_block": [1, 2, 10],
              "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
              "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
              "use_linear_projection": true, "addition_embed_type": "text_time", "addition_time_embed_dim": 256, "projection_class_embeddings_input_dim": 2816
            }
            """));
        Assert.Equal(2_567_463_684L, weights.Elements);     // the figure the model's authors publish as 2.6 billion
        Assert.Equal(70, unet.AttentionSites.Count);
    }

    [Fact]
    public void An_xl_model_needs_its_added_conditions()
    {
        using UNet2DConditionModel unet = UNet2DConditionModel.Load(Fixtures.Path("goldens", "diffusion", "a-unet-sdxl", "unet"));
        using var scope = NewDisposeScope();
        ArgumentException error = Assert.Throws<ArgumentException>(() => unet.Forward(Sample(), tensor(10L), Random(2, 2, 5, 40)));
        Assert.Contains("AddedConditions", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guidance_distilled_model_takes_its_guidance_embedding()
    {
        using UNet2DConditionModel unet = Create(Json.Replace("\"cross_attention_dim\"", "\"time_cond_proj_dim\": 6, \"cross_attention_dim\"", StringComparison.Ordinal));
        using UNet2DConditionModel plain = Create();
        using var scope = NewDisposeScope();
        Tensor guidance = TimestepEmbedding.Guidance(tensor(new[] { 7.5f, 7.5f }), 6);
        Tensor without = unet.Forward(Sample(), tensor(10L), Context());
        Tensor with = unet.Forward(Sample(), tensor(10L), Context(), null, 0, new AddedConditions(GuidanceEmbedding: guidance));
        Assert.True(Difference(without, with) > 1e-4);
        AssertClose(plain.Forward(Sample(), tensor(10L), Context()), without, 0);
        Assert.Throws<ArgumentException>(() => plain.Forward(Sample(), tensor(10L), Context(), null, 0, new AddedConditions(GuidanceEmbedding: guidance)));

        // scale 1 is position 0: sines 0, cosines 1
        AssertClose(tensor(new float[] { 0, 0, 0, 1, 1, 1 }).unsqueeze(0), TimestepEmbedding.Guidance(tensor(new[] { 1f }), 6), 0);
    }

    [Fact]
    public void Inputs_of_another_shape_are_refused()
    {
        using UNet2DConditionModel unet = Create();
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => unet.Forward(Random(1, 2, 3, 8, 8), tensor(1L), Context()));
        Assert.Throws<ArgumentException>(() => unet.Forward(Random(1, 4, 8, 8), tensor(1L), Context()));
        Assert.Throws<ArgumentException>(() => unet.Forward(Sample(), tensor(1L), Context(3)));
        Assert.Throws<ArgumentException>(() => unet.Forward(Sample(), tensor(new long[] { 1, 2, 3 }), Context()));
    }

    [Fact]
    public void Building_and_disposing_leaves_no_tensor_behind() => AssertLeavesNoTensor(() => Create().Dispose());

    /// <summary>Gives one-element tensors and remembers what was asked for: the size of a network without its memory.</summary>
    private sealed class CountingWeights : WeightSource
    {
        public Dictionary<string, long[]> Shapes { get; } = new(StringComparer.Ordinal);

        public long Elements => Shapes.Values.Sum(s => s.Aggregate(1L, (product, size) => product * size));

        public override Device Device => CPU;

        public override ScalarType Dtype => ScalarType.Float32;

        public override bool Has(string name) => true;

        public override Tensor Take(string name, long[] shape, Init init)
        {
            Shapes.Add(name, shape);
            return zeros(1);
        }
    }
}
