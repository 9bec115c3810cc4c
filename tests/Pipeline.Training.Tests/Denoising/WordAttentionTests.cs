using Pipeline.Models.Attention;
using Pipeline.Models.Tokenizers;
using Pipeline.Training.Contrast;
using Pipeline.Training.Denoising;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests.Denoising;

public sealed class WordAttentionTests
{
    private const int Side = 8, Length = 12;
    private static readonly AttentionCall s_call = new(new AttentionSite(0, "site", AttentionPlace.Mid, 1, 2), 0, Side, Side);

    [Fact]
    public void Descending_the_gradient_moves_the_attention_of_a_word_into_its_mask_and_leaves_other_words_alone()
    {
        using DisposeScope scope = NewDisposeScope();
        SceneWord word = new(3, SceneWordKind.Object, LeftHalf());
        Tensor scores = zeros([1, 2, Side * Side, Length], ScalarType.Float32).requires_grad_();   // an even map
        using WordAttentionLoss loss = new([[word]], [1.0]);
        Assert.True(loss.WantsCrossMap(s_call));
        Tensor map = (scores * 1.0).softmax(-1);
        Assert.Same(map, loss.OnCrossMap(s_call, map));
        Tensor mean = loss.Mean();
        Assert.Equal(Math.Log(2), mean.ToDouble(), 3);                                              // KL(half ‖ even) = ln 2
        mean.backward();

        Tensor step = scores.grad!.mean([1]).view(Side, Side, Length) * -1.0;
        float[] own = step.select(2, 3).contiguous().data<float>().ToArray();
        for (int i = 0; i < own.Length; i++)
        {
            Assert.True(i % Side < Side / 2 ? own[i] > 0 : own[i] < 0, $"cell {i}: {own[i]}");
        }

        // Other tokens get only what the softmax takes from or gives to this one.
        float[] other = step.select(2, 5).contiguous().data<float>().ToArray();
        Assert.All(Enumerable.Range(0, own.Length), i => Assert.InRange(Math.Abs(other[i] / own[i]), 0, 1.0 / (Length - 2)));
    }

    [Fact]
    public void The_loss_is_nothing_where_attention_is_the_mask_and_counts_samples_by_their_signal()
    {
        using DisposeScope scope = NewDisposeScope();
        SceneWord word = new(0, SceneWordKind.Stimulus, LeftHalf());
        float[] perfect = new float[Side * Side * 2];
        for (int i = 0; i < Side * Side; i++)
        {
            perfect[i * 2] = i % Side < Side / 2 ? 1 : 0;
            perfect[(i * 2) + 1] = 1 - perfect[i * 2];
        }

        Assert.InRange(Of(tensor(perfect, [1, 1, Side * Side, 2]), [1.0]), -1e-3, 1e-3);
        Tensor even = full([1, 1, Side * Side, 2], 0.5, ScalarType.Float32);
        Assert.Equal(0.25 * Of(even, [1.0]), Of(even, [0.25]), 6);

        double Of(Tensor map, double[] signal)
        {
            using WordAttentionLoss loss = new([[word]], signal);
            loss.OnCrossMap(s_call, map);
            return loss.Mean().ToDouble();
        }
    }

    [Fact]
    public void A_batch_without_words_costs_nothing()
    {
        using DisposeScope scope = NewDisposeScope();
        using WordAttentionLoss loss = new([[], []], [0.5, 0.5]);
        loss.OnCrossMap(s_call, full([2, 2, Side * Side, Length], 1.0 / Length, ScalarType.Float32));
        Assert.Equal(0, loss.Mean().ToDouble());
    }

    [Fact]
    public void Every_named_thing_of_a_caption_is_found_with_its_own_mask()
    {
        ClipTokenizer tokenizer = WorldTokenizer.Clip;
        SceneObject dog = Scene.Sample(5).Objects[0] with { Kind = ObjectKind.Dog, Colour = ObjectColour.Red, Surface = Surface.Striped, X = 16, HalfSize = 12 };
        SceneObject car = dog with { Kind = ObjectKind.Car, Colour = ObjectColour.Blue, Surface = Surface.Plain, X = 48 };
        RenderedScene rendered = SceneRenderer.Render(new Scene(Place.Beach, [dog, car], Mood.Sadness, Mood.Awe, 1, 2));
        string caption = SceneCaption.Short(rendered.Scene);
        Assert.Equal("a striped red dog and a blue car on the beach under a stormy sky with rainbow", caption);
        IReadOnlyList<int> tokens = tokenizer.Encode(caption);
        IReadOnlyList<SceneWord> words = SceneWord.Find(rendered, tokens, w => tokenizer.Encode(w)[1]);

        // one token a word, after the start token
        string[] named = [.. words.Select(w => caption.Split(' ')[w.Position - 1])];
        Assert.Equal(["striped", "red", "dog", "blue", "car", "rainbow"], named);
        Assert.All(words.Take(3), w => Assert.Same(rendered.ObjectMasks[0], w.Mask));
        Assert.All(words.Skip(3).Take(2), w => Assert.Same(rendered.ObjectMasks[1], w.Mask));
        Assert.Same(rendered.StimulusMask, words[5].Mask);
    }

    [Fact]
    public void A_pooled_mask_keeps_its_area()
    {
        SceneWord word = new(0, SceneWordKind.Object, SceneRenderer.Render(Scene.Sample(9)).ObjectMasks[0]);
        Assert.Equal(word.Mask.Sum() / 16, word.Pooled(16).Sum(), 2);
        Assert.Equal(word.Mask.Sum() / 64, word.Pooled(8).Sum(), 2);
        Assert.All(word.Pooled(8), v => Assert.InRange(v, 0, 1.0001f));
    }

    [Fact]
    public void Localisation_compares_as_many_cells_as_the_thing_has()
    {
        float[] coverage = new float[256], attention = new float[256];
        coverage[10] = coverage[11] = coverage[12] = coverage[13] = 1;
        (attention[10], attention[11], attention[200], attention[201]) = (0.9f, 0.8f, 0.7f, 0.6f);
        (double iou, bool points) = WordLocalisation.Compare(attention, coverage);
        Assert.Equal(2.0 / 6, iou, 6);
        Assert.True(points);
        attention[200] = 1;
        Assert.False(WordLocalisation.Compare(attention, coverage).Points);
        Assert.Equal(1, WordLocalisation.Compare(coverage, coverage).Iou);
    }

    private static float[] LeftHalf() => [.. Enumerable.Range(0, 64 * 64).Select(i => i % 64 < 32 ? 1f : 0)];
}
