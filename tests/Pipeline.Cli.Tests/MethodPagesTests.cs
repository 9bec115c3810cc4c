using System.Text.RegularExpressions;
using Pipeline.Diffusion.Inversion;
using Pipeline.Stages.Editing;
using Pipeline.TestKit;

namespace Pipeline.Cli.Tests;

/// <summary>The pages on methods name a test for what they claim: the test must exist.</summary>
public sealed partial class MethodPagesTests
{
    private static readonly string Folder = Path.Combine(Fixtures.RepositoryRoot, "docs", "methods");

    public static TheoryData<string> Pages() => [.. Directory.GetFiles(Folder, "*.md").Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_test_that_a_page_names_exists(string page)
    {
        HashSet<string> known = Known.Value;
        string[] named = [.. TestName().Matches(File.ReadAllText(Path.Combine(Folder, page))).Select(m => m.Groups[1].Value).Where(name => name.Any(char.IsLower)).Distinct()];
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.True(known.Contains(name), $"{page} names the test {name}, and there is none"));
        Assert.DoesNotContain("_...`", File.ReadAllText(Path.Combine(Folder, page)), StringComparison.Ordinal); // names are written in full
    }

    [Fact]
    public void Every_method_and_every_inversion_has_its_page()
    {
        Assert.All(EditMethods.BuiltIn.Names, name => Assert.True(File.Exists(Path.Combine(Folder, (name == "remote" ? "remote-editor" : name) + ".md")), name));
        string inversions = File.ReadAllText(Path.Combine(Folder, "inversions.md"));
        Assert.All(Inversions.All, inversion => Assert.Contains($"| `{inversion.Name}`", inversions, StringComparison.Ordinal));
    }

    private static readonly Lazy<HashSet<string>> Known = new(() =>
    {
        IEnumerable<string> files = Directory.EnumerateFiles(Path.Combine(Fixtures.RepositoryRoot, "tests"), "*.cs", SearchOption.AllDirectories);
        return [.. files.Select(File.ReadAllText).SelectMany(text => Defined().Matches(text).Select(m => m.Groups[1].Value))];
    });

    // `A_sentence_with_underscores` or `SomethingTests`
    [GeneratedRegex(@"`([A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+){2,}|[A-Z][A-Za-z0-9]+Tests)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"(?:public (?:async )?(?:void|Task) |class )(\w+)")]
    private static partial Regex Defined();
}
