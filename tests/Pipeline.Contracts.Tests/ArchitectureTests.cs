using System.Text.RegularExpressions;
using System.Xml.Linq;
using Pipeline.TestKit;

namespace Pipeline.Contracts.Tests;

/// <summary>Holds the dependency rule: it reads the project files and the sources, so that a wrong arrow fails here and not in a review.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Pipeline.Contracts"] = [],
        ["Pipeline.Torch"] = [],
        ["Pipeline.Imaging"] = ["Pipeline.Torch"],
        ["Pipeline.Models"] = ["Pipeline.Torch", "Pipeline.Imaging"],
        ["Pipeline.Diffusion"] = ["Pipeline.Torch", "Pipeline.Models"],
        ["Pipeline.Methods"] = ["Pipeline.Torch", "Pipeline.Diffusion", "Pipeline.Models", "Pipeline.Imaging"],
        ["Pipeline.Evaluation"] = ["Pipeline.Torch", "Pipeline.Models", "Pipeline.Imaging"],
        ["Pipeline.Training"] = ["Pipeline.Torch", "Pipeline.Methods", "Pipeline.Evaluation"],
        ["Pipeline.Storage"] = ["Pipeline.Contracts"],
        ["Pipeline.Ledger"] = ["Pipeline.Contracts"],
        ["Pipeline.TestS3"] = [], // a server for tests and trials, which the product brings along but never uses
        ["Pipeline.Stages"] = ["Pipeline.Torch", "Pipeline.Methods", "Pipeline.Evaluation", "Pipeline.Storage", "Pipeline.Ledger", "Pipeline.Hosting", "Pipeline.Contracts"],
        ["Pipeline.Hosting"] = ["Pipeline.Contracts"],
        ["Pipeline.Coordinator"] = ["Pipeline.Contracts", "Pipeline.Storage", "Pipeline.Ledger", "Pipeline.Evaluation", "Pipeline.Hosting", "Pipeline.Stages"],
    };

    // Which projects may see a vendor's packages, by the start of the package's name.
    private static readonly Dictionary<string, string[]> Packages = new(StringComparer.Ordinal)
    {
        ["MassTransit"] = ["Pipeline.Stages", "Pipeline.Coordinator", "Pipeline.Cli"],
        ["RabbitMQ."] = ["Pipeline.Coordinator", "Pipeline.Cli"],
        ["AWSSDK"] = ["Pipeline.Storage"],
        ["Polly"] = ["Pipeline.Storage", "Pipeline.Methods"], // the S3 store and the editor behind HTTP
        ["Npgsql"] = ["Pipeline.Ledger"],
        ["TorchSharp"] = [],
        ["SixLabors."] = ["Pipeline.Imaging"],
        ["Spectre."] = ["Pipeline.Cli"],
        ["System.CommandLine"] = ["Pipeline.Cli"],
    };

    public static TheoryData<string> Projects => [.. ProjectFiles().Select(p => Path.GetFileNameWithoutExtension(p))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_architecture_allows(string project)
    {
        if (project == "Pipeline.Cli")
        {
            return; // the composition root
        }

        Assert.True(Allowed.ContainsKey(project), $"{project} is not in the architecture: add it to docs and to this test, or put its code elsewhere");
        XDocument xml = Load(project);
        IEnumerable<string> references = xml.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));
        if (xml.Descendants("UsesTensorEngine").Any(e => e.Value == "true"))
        {
            references = references.Append("Pipeline.Torch");
        }

        Assert.Empty(references.Except(Allowed[project]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Vendors_packages_stay_in_their_rooms(string project)
    {
        IEnumerable<string> packages = Load(project).Descendants("PackageReference").Select(r => r.Attribute("Include")!.Value);
        foreach (string package in packages)
        {
            bool attributeOnly = project == "Pipeline.Contracts" && package == "MassTransit.Abstractions";
            string? vendor = Packages.Keys.FirstOrDefault(v => package.StartsWith(v, StringComparison.Ordinal));
            Assert.True(vendor is null || attributeOnly || Packages[vendor].Contains(project), $"{project} must not reference {package}");
        }
    }

    [Fact]
    public void Types_of_AWS_are_known_to_the_S3_store_alone_and_shown_to_nobody()
    {
        string[] files = [.. new[] { "src", "contracts" }.SelectMany(Sources).Where(s => VendorOfS3().IsMatch(s.Code)).Select(s => s.File)];
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.Contains("/src/Pipeline.Storage/S3/", file, StringComparison.Ordinal));
        // Transitive compile references would let the next project use them unnoticed.
        foreach (string package in new[] { "AWSSDK.S3", "Polly.Core" })
        {
            XElement reference = Load("Pipeline.Storage").Descendants("PackageReference").Single(r => r.Attribute("Include")!.Value == package);
            Assert.Equal("compile", reference.Attribute("PrivateAssets")!.Value);
        }
    }

    [Fact]
    public void Types_of_Npgsql_are_known_to_the_PostgreSQL_ledger_alone_and_shown_to_nobody()
    {
        string[] files = [.. new[] { "src", "contracts" }.SelectMany(Sources).Where(s => VendorOfPostgres().IsMatch(s.Code)).Select(s => s.File)];
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.Contains("/src/Pipeline.Ledger/Postgres/", file, StringComparison.Ordinal));
        Assert.Equal("compile", Load("Pipeline.Ledger").Descendants("PackageReference").Single(r => r.Attribute("Include")!.Value == "Npgsql").Attribute("PrivateAssets")!.Value);
    }

    [Fact]
    public void The_contracts_use_nothing_of_MassTransit_but_the_attribute()
    {
        string[] lines = [.. Sources("contracts/Pipeline.Contracts").SelectMany(s => s.Code.Split('\n')).Where(l => l.Contains("MassTransit", StringComparison.Ordinal))];
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.Equal("using MassTransit;", line.Trim()));
        Assert.Equal("compile", Load("Pipeline.Contracts").Descendants("PackageReference").Single().Attribute("PrivateAssets")!.Value);
    }

    [Theory]
    [InlineData("Pipeline.Diffusion")]
    [InlineData("Pipeline.Methods")]
    [InlineData("Pipeline.Models")]
    public void Computation_knows_no_clock_and_no_global_randomness(string project) =>
        Assert.Empty(Findings(project, ClockOrChance()));

    [Theory]
    [InlineData("Pipeline.Diffusion")]
    [InlineData("Pipeline.Methods")]
    public void Computation_knows_no_file_system(string project) => Assert.Empty(Findings(project, FileSystem()));

    [Fact]
    public void Models_write_files_only_where_models_are_made() =>
        Assert.All(Findings("Pipeline.Models", FileWriting()), finding => Assert.Matches("/(Checkpoints|Building)/", finding));

    [Fact]
    public void The_rule_has_teeth()
    {
        Assert.Matches(ClockOrChance(), "var t = DateTime.UtcNow;");
        Assert.Matches(ClockOrChance(), "Random.Shared.Next()");
        Assert.Matches(ClockOrChance(), "torch.random.manual_seed(1)");
        Assert.Matches(FileSystem(), "File.ReadAllText(path)");
        Assert.DoesNotMatch(FileSystem(), "SafetensorsFile.Open(path)");
        Assert.Matches(FileWriting(), "File.WriteAllText(p, t)");
        Assert.DoesNotMatch(FileWriting(), "File.OpenRead(p)");
        Assert.NotEmpty(ProjectFiles());
    }

    [GeneratedRegex(@"\b(DateTime|DateTimeOffset)\.(Utc)?Now\b|\bStopwatch\b|\bRandom\.Shared\b|new Random\(|Guid\.NewGuid|\b(torch|random)\.manual_seed\(|Environment\.TickCount")]
    private static partial Regex ClockOrChance();

    [GeneratedRegex(@"(?<![\w])(File|Directory|FileStream|FileInfo|DirectoryInfo)(\.|\()")]
    private static partial Regex FileSystem();

    [GeneratedRegex(@"(?<![\w])(File\.(Write|Append|Create|Delete|Move|Copy|Replace|OpenWrite)|Directory\.(Create|Delete|Move))|FileMode\.(Create|Append)")]
    private static partial Regex FileWriting();

    [GeneratedRegex(@"\bAmazon(\.\w|;)")]
    private static partial Regex VendorOfS3();

    [GeneratedRegex(@"\bNpgsql(\.\w|;|[A-Z])")]
    private static partial Regex VendorOfPostgres();

    private static IEnumerable<string> Findings(string project, Regex rule) =>
        Sources($"src/{project}").Where(s => rule.IsMatch(s.Code)).Select(s => $"{s.File}: {rule.Match(s.Code).Value}");

    private static IEnumerable<(string File, string Code)> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Fixtures.RepositoryRoot, folder), "*.cs", SearchOption.AllDirectories)
            .Select(f => (f.Replace('\\', '/'), CommentsAndTexts().Replace(File.ReadAllText(f), "")));

    [GeneratedRegex("//[^\\n]*|\"(\\\\.|[^\"\\\\\\n])*\"")]
    private static partial Regex CommentsAndTexts();

    private static IEnumerable<string> ProjectFiles() =>
        new[] { "src", "contracts" }.SelectMany(d => Directory.EnumerateFiles(Path.Combine(Fixtures.RepositoryRoot, d), "*.csproj", SearchOption.AllDirectories));

    private static XDocument Load(string project) => XDocument.Load(ProjectFiles().Single(p => Path.GetFileNameWithoutExtension(p) == project));
}
