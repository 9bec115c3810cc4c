using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Tests.Toys;
using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

public sealed class TextCacheTests
{
    [Fact]
    public void A_text_is_encoded_once_and_its_states_outlive_their_entry()
    {
        LiveTensors.AssertUnchangedBy(() =>
        {
            using var model = new CountingText();
            using var cache = new TextCache(model, capacity: 2);
            using Tensor first = cache.Encode("a").States;
            using Tensor again = cache.Encode("a").States;
            Assert.Equal(1, model.Calls);
            cache.Encode("b").States.Dispose();
            cache.Encode("c").States.Dispose(); // "a" leaves
            Assert.Equal(3, model.Calls);
            Assert.True(TensorComparison.Same(first, again));
            cache.Encode("b").States.Dispose();
            Assert.Equal(3, model.Calls);
            using Tensor fresh = cache.Encode("a").States;
            Assert.Equal(4, model.Calls);
            Assert.True(TensorComparison.Same(first, fresh));
        });
    }

    private sealed class CountingText : IDiffusionModel, IDisposable
    {
        public int Calls { get; private set; }

        public INoisePredictor Noise => throw new NotSupportedException();

        public int LatentFactor => 8;

        public Device Device => CPU;

        public double AlphaBar(int timestep) => 1;

        public Tensor EncodeImage(Tensor image) => throw new NotSupportedException();

        public Tensor DecodeLatent(Tensor latent) => throw new NotSupportedException();

        public TextStates EncodeText(string prompt)
        {
            Calls++;
            return ToyText.Encode(prompt, 8, 4, ScalarType.Float32);
        }

        public void Dispose()
        {
        }
    }
}
