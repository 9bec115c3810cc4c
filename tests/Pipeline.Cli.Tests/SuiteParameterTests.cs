using System.Text.Json;
using Pipeline.Cli.Eval;
using Pipeline.Diffusion.Inversion;
using Pipeline.Evaluation.Suites;
using Pipeline.Methods.Baselines;
using Pipeline.Stages.Editing;

namespace Pipeline.Cli.Tests;

/// <summary>What a suite's file says about a method is said in that method's own words.</summary>
public sealed class SuiteParameterTests
{
    [Fact]
    public void All_stands_for_every_method_and_for_every_inversion()
    {
        HashSet<string> rows = [.. MethodVariant.ParseList("all").Select(v => v.Label)];
        Assert.Superset(EditMethods.BuiltIn.Local.ToHashSet(), rows);
        Assert.All(
            Inversions.All.Where(i => i.Name is not (Inversions.Default or PromptToPromptOptions.DefaultInversion or "stylediffusion")), // Moodifier's and Prompt-to-Prompt's own, and a method by itself
            i => Assert.Contains($"prompt-to-prompt@inversion={i.Name}", rows));
    }

    [Fact]
    public void The_taus_of_the_published_list_are_parameters_of_StyleDiffusion()
    {
        SuiteCase edit = StyleDiffusionSuite.Read("prompt,image_path,target,tau_v,tau_c,tau_s,tau_u\na cat,cat.png,a dog,0.2,0.3,0.4,0.1\n")[0];
        using JsonDocument given = JsonDocument.Parse(edit.Parameters[StyleDiffusionSuite.Method].ToJsonString());
        var normal = EditMethods.BuiltIn[StyleDiffusionSuite.Method].Normalise(given.RootElement);
        Assert.Equal([0.2, 0.3, 0.4, 0.1], [(double)normal["valueUntil"]!, (double)normal["crossUntil"]!, (double)normal["selfUntil"]!, (double)normal["unconditionalUntil"]!]);
    }
}
