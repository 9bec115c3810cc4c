using System.Text.Json;
using Pipeline.Evaluation.Suites;
using Pipeline.Stages.Editing;

namespace Pipeline.Cli.Tests;

/// <summary>What a suite's file says about a method is said in that method's own words.</summary>
public sealed class SuiteParameterTests
{
    [Fact]
    public void The_taus_of_the_published_list_are_parameters_of_StyleDiffusion()
    {
        SuiteCase edit = StyleDiffusionSuite.Read("prompt,image_path,target,tau_v,tau_c,tau_s,tau_u\na cat,cat.png,a dog,0.2,0.3,0.4,0.1\n")[0];
        using JsonDocument given = JsonDocument.Parse(edit.Parameters[StyleDiffusionSuite.Method].ToJsonString());
        var normal = EditMethods.BuiltIn[StyleDiffusionSuite.Method].Normalise(given.RootElement);
        Assert.Equal([0.2, 0.3, 0.4, 0.1], [(double)normal["valueUntil"]!, (double)normal["crossUntil"]!, (double)normal["selfUntil"]!, (double)normal["unconditionalUntil"]!]);
    }
}
