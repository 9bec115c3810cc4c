using FsCheck;
using FsCheck.Fluent;
using Pipeline.Models.Generation;

namespace Pipeline.Models.Tests.Generation;

public sealed class SeededUniformTests
{
    [Fact]
    public void First_numbers_of_seed_zero_are_those_of_the_published_generator()
    {
        // SplitMix64 with state 0 gives E220A8397B1DCDAF, 6E789E6AA1B965F4, 06C45D188009454F.
        var generator = new SeededUniform(0);
        Assert.Equal((0xE220A8397B1DCDAFUL >> 11) / (double)(1UL << 53), generator.Next());
        Assert.Equal((0x6E789E6AA1B965F4UL >> 11) / (double)(1UL << 53), generator.Next());
        Assert.Equal((0x06C45D188009454FUL >> 11) / (double)(1UL << 53), generator.Next());
    }

    [Fact]
    public void Numbers_lie_in_the_unit_interval_and_repeat_with_the_seed() =>
        Prop.ForAll(ArbMap.Default.ArbFor<ulong>(), seed =>
        {
            var (a, b) = (new SeededUniform(seed), new SeededUniform(seed));
            return Enumerable.Range(0, 50).All(_ => a.Next() is var x && x is >= 0 and < 1 && x == b.Next());
        }).QuickCheckThrowOnFailure();
}
