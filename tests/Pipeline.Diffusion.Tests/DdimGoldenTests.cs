using System.Text.Json;
using Pipeline.Diffusion.Schedulers;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

public sealed class DdimGoldenTests
{
    private const double Rounding = 2e-6; // levels are float32

    [Fact]
    public void Noise_levels_match_the_golden_vector()
    {
        NoiseSchedule schedule = NoiseSchedule.Create(new SchedulerOptions());
        foreach (JsonProperty level in Golden.Case("abar").EnumerateObject())
        {
            Assert.True(Math.Abs(level.Value.GetDouble() - schedule.AlphaBar(int.Parse(level.Name))) < 1e-6, level.Name);
        }
    }

    [Theory]
    [InlineData("ddim_step")]
    [InlineData("ddim_step_last")]
    public void A_step_matches_the_golden_vector(string name)
    {
        using var scope = NewDisposeScope();
        JsonElement x = Golden.Case(name);
        var scheduler = new DdimScheduler(new DdimOptions());
        Tensor z = tensor(x.Number("z")), e = tensor(x.Number("eps"));
        int t = x.GetProperty("t").GetInt32(), previous = x.GetProperty("t_prev").GetInt32();
        double x0 = scheduler.PredictOriginal(e, z, t).ToDouble();
        Assert.True(Math.Abs(x0 / x.Number("x0") - 1) < 1e-5, $"{x0}");
        Assert.True(Math.Abs(scheduler.Step(e, z, t, previous).ToDouble() - x.Number("z_prev")) < Rounding);
        Assert.True(Math.Abs(scheduler.Arrive(tensor(x.Number("x0")), e, previous).ToDouble() - x.Number("z_prev")) < Rounding);
    }

    [Fact]
    public void An_inversion_step_matches_the_golden_vector()
    {
        using var scope = NewDisposeScope();
        JsonElement x = Golden.Case("ddim_inv_step");
        Tensor next = new DdimInverseScheduler(new DdimOptions())
            .Step(tensor(x.Number("eps")), tensor(x.Number("z")), x.GetProperty("t_cur").GetInt32(), x.GetProperty("t_next").GetInt32());
        Assert.True(Math.Abs(next.ToDouble() - x.Number("z_next")) < Rounding);
    }
}
