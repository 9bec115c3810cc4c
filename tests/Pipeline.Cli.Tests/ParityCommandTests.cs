using System.Text.Json;
using Pipeline.Cli.Commands;
using Pipeline.TestKit;

namespace Pipeline.Cli.Tests;

public sealed class ParityCommandTests
{
    private static readonly string s_cases = Fixtures.Path("goldens", "transformers");

    [Fact]
    public void A_tree_is_filtered_by_name_and_reported_as_json()
    {
        (int code, string output) = CommandLine.Run(ParityCommand.Create(), s_cases, "--only", "tokenizer_llama*", "--json");
        Assert.Equal(0, code);
        using JsonDocument report = JsonDocument.Parse(output);
        Assert.Equal(2, report.RootElement.GetProperty("passed").GetInt32());
        Assert.Equal(["tokenizer_llama", "tokenizer_llama_nonlegacy"], report.RootElement.GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("name").GetString()));
    }

    [Fact]
    public void One_case_is_run_by_its_own_folder()
    {
        (int code, string output) = CommandLine.Run(ParityCommand.Create(), Path.Combine(s_cases, "sharded_fp16"));
        Assert.Equal(0, code);
        Assert.Contains("last_hidden_state", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/nowhere/at/all")]
    [InlineData(".")]
    public void A_folder_without_cases_is_a_usage_error(string folder)
    {
        using TemporaryFolder empty = new();
        Assert.Equal(ExitCodes.Usage, CommandLine.Run(ParityCommand.Create(), folder == "." ? empty.Path : folder).Code);
    }

    [Fact]
    public void A_pattern_that_matches_nothing_is_a_usage_error() =>
        Assert.Equal(ExitCodes.Usage, CommandLine.Run(ParityCommand.Create(), s_cases, "--only", "nothing*").Code);

    [Fact]
    public void A_changed_expectation_fails_and_is_named()
    {
        using TemporaryFolder folder = Copy("tokenizer_t5");
        string text = File.ReadAllText(folder.File("expected.json"));
        int at = text.IndexOf("\"ids\": [", StringComparison.Ordinal);
        at = at < 0 ? text.IndexOf("\"ids\":[", StringComparison.Ordinal) : at;
        File.WriteAllText(folder.File("expected.json"), text.Insert(text.IndexOf('[', at) + 1, "7, "));
        (int code, string output) = CommandLine.Run(ParityCommand.Create(), folder.Path, "--failures");
        Assert.Equal(ExitCodes.ItemsFailed, code);
        Assert.Contains("ids of 60 texts", output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_expected_tensor_that_nothing_is_compared_with_fails_the_case()
    {
        using TemporaryFolder folder = Copy("sharded_fp16");
        using (Pipeline.Models.Checkpoints.SafetensorsFile file = Pipeline.Models.Checkpoints.SafetensorsFile.Open(folder.File("expected.safetensors")))
        {
            TorchSharp.torch.Tensor extra = TorchSharp.torch.zeros(2);
            (string, TorchSharp.torch.Tensor)[] all = [.. file.Names.Select(n => (n, Pipeline.Models.Checkpoints.TensorReader.ReadTensor(file, n))), ("forgotten", extra)];
            Pipeline.Models.Checkpoints.SafetensorsWriter.Write(folder.File("expected.safetensors"), all);
        }

        (int code, string output) = CommandLine.Run(ParityCommand.Create(), folder.Path);
        Assert.Equal(ExitCodes.ItemsFailed, code);
        Assert.Contains("nothing was compared with it", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_case_of_an_unknown_kind_is_unsupported_and_fails_the_command()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("meta.json"), "{\"call\": \"something new\"}");
        File.WriteAllText(folder.File("expected.json"), "{}");
        (int code, string output) = CommandLine.Run(ParityCommand.Create(), folder.Path);
        Assert.Equal(ExitCodes.ItemsFailed, code);
        Assert.Contains("unsupported", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_files_of_a_case_fail_it_without_a_crash()
    {
        using TemporaryFolder folder = Copy("sharded_fp16");
        File.WriteAllBytes(folder.File("inputs.safetensors"), [1, 2, 3]);
        (int code, string output) = CommandLine.Run(ParityCommand.Create(), folder.Path);
        Assert.Equal(ExitCodes.ItemsFailed, code);
        Assert.Contains("inputs.safetensors", output, StringComparison.Ordinal);
    }

    private static TemporaryFolder Copy(string name)
    {
        TemporaryFolder folder = new();
        foreach (string file in Directory.EnumerateFiles(Path.Combine(s_cases, name)))
        {
            File.Copy(file, folder.File(Path.GetFileName(file)));
        }

        return folder;
    }
}
