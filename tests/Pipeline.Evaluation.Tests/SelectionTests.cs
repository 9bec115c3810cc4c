using FsCheck;
using FsCheck.Fluent;
using Pipeline.Evaluation.Selection;
using Pipeline.Imaging;
using Pipeline.Imaging.Resampling;
using Pipeline.TestKit;

namespace Pipeline.Evaluation.Tests;

public sealed class SelectionTests
{
    [Theory]
    [InlineData("clip_t>=0.1", 0.1, true)]
    [InlineData("clip_t>0.1", 0.1, false)]
    [InlineData(" lpips <= -1e-2 ", -0.01, true)]
    [InlineData("lpips<0.5", 0.49, true)]
    [InlineData("lpips<0.5", double.NaN, false)]
    [InlineData("lpips>0.5", double.NaN, false)]
    public void A_rule_compares_as_it_is_written(string text, double value, bool holds) => Assert.Equal(holds, MetricRule.Parse(text).Holds(value));

    [Theory]
    [InlineData("")]
    [InlineData("clip_t")]
    [InlineData("clip_t=0.1")]
    [InlineData("clip_t>=")]
    [InlineData("clip_t>=abc")]
    [InlineData(">=1")]
    [InlineData("a b>=1")]
    [InlineData("clip_t>=1e999")]
    public void What_is_no_rule_is_refused(string text) => Assert.Throws<FormatException>(() => MetricRule.Parse(text));

    [Fact]
    public void A_hash_survives_scaling_and_recompression_and_tells_pictures_apart()
    {
        RgbImage[] pictures = [.. Enumerable.Range(1, 12).Select(Picture)];
        foreach (Func<RgbImage, ulong> hash in new Func<RgbImage, ulong>[] { PerceptualHash.OfFrequencies, PerceptualHash.OfGradients })
        {
            foreach (RgbImage picture in pictures)
            {
                RgbImage smaller = PillowResize.Resize(picture, 70, 50);
                RgbImage recoded = ImageCodec.Default.Decode(ImageCodec.Default.Encode(picture, new EncodeOptions { Format = ImageFormat.Jpeg, Quality = 60 }), DecodeLimits.Default);
                Assert.InRange(PerceptualHash.Distance(hash(picture), hash(smaller)), 0, 10);
                Assert.InRange(PerceptualHash.Distance(hash(picture), hash(recoded)), 0, 10);
            }

            for (int i = 0; i < pictures.Length; i++)
            {
                Assert.All(pictures[(i + 1)..], other => Assert.InRange(PerceptualHash.Distance(hash(pictures[i]), hash(other)), 11, 64));
            }
        }
    }

    [Fact]
    public void The_lowest_frequencies_are_those_of_the_transform()
    {
        // One cosine of frequency (2, 1): exactly its coefficient is above all others.
        var image = new RgbImage(32, 32);
        for (int y = 0; y < 32; y++)
        {
            for (int x = 0; x < 32; x++)
            {
                byte value = (byte)Math.Round(128 + (100 * Math.Cos(Math.PI * (x + 0.5) * 2 / 32) * Math.Cos(Math.PI * (y + 0.5) / 32)));
                image.Pixels.AsSpan(((y * 32) + x) * 3, 3).Fill(value);
            }
        }

        ulong hash = PerceptualHash.OfFrequencies(image);
        Assert.NotEqual(0UL, hash & (1UL << 1)); // row v = 1 (first), column u = 2 (second)
    }

    [Fact]
    public void Near_duplicates_are_found_exactly_as_by_comparing_all() => Prop.ForAll(
        ArbMap.Default.ArbFor<ulong[]>(), ArbMap.Default.ArbFor<byte>(),
        (bases, bits) =>
        {
            int distance = bits % 17;
            var random = new Xorshift((ulong)bases.Length + bits + 1);
            // Families of hashes a few bits apart, in two groups.
            (int Group, ulong Hash)[] items = [.. bases.SelectMany(b => Enumerable.Range(0, 4).Select(_ => (random.Below(2), Flip(b, random.Below(20), random))))];
            var index = new NearDuplicates(distance);
            var kept = new List<int>();
            for (int i = 0; i < items.Length; i++)
            {
                int? expected = kept.Where(k => items[k].Group == items[i].Group && PerceptualHash.Distance(items[k].Hash, items[i].Hash) <= distance)
                    .OrderBy(k => PerceptualHash.Distance(items[k].Hash, items[i].Hash)).ThenBy(k => k).Select(k => (int?)k).FirstOrDefault();
                if (index.AddUnlessNear(items[i].Group, items[i].Hash, i) != expected)
                {
                    return false;
                }

                if (expected is null)
                {
                    kept.Add(i);
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Splits_have_their_shares_and_never_change_for_a_source()
    {
        var plan = SplitPlan.Parse("train=0.8,val=0.15,test=0.05");
        string[] sources = [.. Enumerable.Range(0, 20_000).Select(i => $"source {i}")];
        Dictionary<string, int> counts = sources.GroupBy(plan.Of).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal(["test", "train", "val"], counts.Keys.Order());
        Assert.InRange(counts["train"], 15_700, 16_300);
        Assert.InRange(counts["val"], 2_800, 3_200);
        Assert.InRange(counts["test"], 850, 1_150);
        Assert.Equal(sources.Select(plan.Of), sources.Select(SplitPlan.Parse("train=0.8,val=0.15,test=0.05").Of));
        Assert.NotEqual(sources.Select(plan.Of), sources.Select(SplitPlan.Parse("train=0.8,val=0.15,test=0.05", "other").Of));
        // A known place, so that no later version moves it.
        Assert.Equal("train", plan.Of(new string('a', 64)));
        Assert.Equal("", SplitPlan.Whole.Of("anything"));
    }

    [Fact]
    public void A_larger_share_only_takes_sources_in() => Prop.ForAll(ArbMap.Default.ArbFor<string>(), source =>
        SplitPlan.Parse("train=0.5,val=0.5").Of(source) != "train" || SplitPlan.Parse("train=0.7,val=0.3").Of(source) == "train").QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData("train")]
    [InlineData("train=1.1")]
    [InlineData("train=0.5")]
    [InlineData("train=0.5,train=0.5")]
    [InlineData("../x=1")]
    [InlineData("train=-1,val=2")]
    [InlineData("train=0,val=1")]
    [InlineData("a=0.5;b=0.5")]
    public void What_is_no_split_is_refused(string text) => Assert.Throws<FormatException>(() => SplitPlan.Parse(text));

    private static ulong Flip(ulong hash, int bits, Xorshift random)
    {
        for (int i = 0; i < bits; i++)
        {
            hash ^= 1UL << random.Below(64);
        }

        return hash;
    }

    // Soft blobs of colour: the kind of low frequencies that photographs have.
    private static RgbImage Picture(int seed)
    {
        var random = new Xorshift((ulong)seed * 77);
        (int X, int Y, int R, int Size)[] blobs = [.. Enumerable.Range(0, 14).Select(_ => (random.Below(160), random.Below(120), random.Below(256), 10 + random.Below(30)))];
        var image = new RgbImage(160, 120);
        for (int y = 0; y < 120; y++)
        {
            for (int x = 0; x < 160; x++)
            {
                double sum = 0, weight = 1e-6;
                foreach ((int bx, int by, int value, int size) in blobs)
                {
                    double w = Math.Exp(-(((x - bx) * (x - bx)) + ((y - by) * (y - by))) / (2.0 * size * size));
                    (sum, weight) = (sum + (w * value), weight + w);
                }

                image.Pixels.AsSpan(((y * 160) + x) * 3, 3).Fill((byte)(sum / weight));
            }
        }

        return image;
    }
}
