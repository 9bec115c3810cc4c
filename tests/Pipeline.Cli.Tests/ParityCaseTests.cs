using Pipeline.Cli.Parity;
using Pipeline.TestKit;

namespace Pipeline.Cli.Tests;

/// <summary>Every reference case of the repository, and of the folder beside the checkout where it exists, is one row.</summary>
public sealed class ParityCaseTests
{
    public static TheoryData<string, string> RepositoryCases() => Rows(Fixtures.Path("goldens"));

    /// <summary>The cases that may not be copied into the repository, or are not needed in it.</summary>
    public static TheoryData<string, string> CasesBesideTheCheckout() => Fixtures.SharedGoldens is { } root ? Rows(root) : [];

    [Theory]
    [MemberData(nameof(RepositoryCases))]
    public void Case_of_the_repository_agrees(string root, string name) => Run(root, name);

    [SharedGoldensTheory]
    [MemberData(nameof(CasesBesideTheCheckout))]
    public void Case_beside_the_checkout_agrees(string root, string name) => Run(root, name);

    /// <summary>A case of a kind that this build does not have must never count as passed.</summary>
    [SharedGoldensFact]
    public void Case_that_no_runner_knows_is_reported_as_unsupported()
    {
        string root = Fixtures.SharedGoldens!;
        foreach (string directory in ParityCase.Find(root).Where(d => !IsKnown(d)))
        {
            Assert.Equal(CaseStatus.Unsupported, new ParitySession(ParityRunners.All).RunCase(directory).Status);
        }
    }

    private static bool IsKnown(string directory) => new ParitySession(ParityRunners.All).Recognises(directory);

    private static void Run(string root, string name)
    {
        CaseReport report = new ParitySession(ParityRunners.All).RunCase(Path.Combine(root, name));
        string failures = string.Join(Environment.NewLine, report.Rows.Where(r => r.Status == ComparisonStatus.Failed)
            .Select(r => $"{r.Name}: error {r.MaximumError:g3}, allowed {r.Tolerance}; {r.Note}"));
        Assert.True(report.Status == CaseStatus.Passed, $"{name}: {report.Status} ({report.Kind}) {report.Error}{Environment.NewLine}{failures}");
    }

    private static TheoryData<string, string> Rows(string root)
    {
        bool shared = root == Fixtures.SharedGoldens;
        TheoryData<string, string> rows = [];
        foreach (string directory in ParityCase.Find(root))
        {
            string name = Path.GetRelativePath(root, directory);
            if (!shared || (IsKnown(directory) && !Directory.Exists(Path.Combine(Fixtures.Root, "goldens", name))))
            {
                rows.Add(root, name);
            }
        }

        return rows;
    }
}
