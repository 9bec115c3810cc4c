using System.Text.Json;
using Pipeline.Cli.Commands;
using Pipeline.Models.Checkpoints;
using Pipeline.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Cli.Tests;

public sealed class ModelsCommandTests
{
    private static readonly string s_clip = Fixtures.Path("goldens", "transformers", "clip_gelu");

    [Fact]
    public void Inspect_names_parts_sizes_and_digests()
    {
        (int code, string output) = CommandLine.Run(ModelsCommand.Create(), "inspect", s_clip, "--digests", "--json");
        Assert.Equal(0, code);
        using JsonDocument report = JsonDocument.Parse(output);
        JsonElement[] parts = [.. report.RootElement.GetProperty("parts").EnumerateArray()];
        Assert.Equal(["network", "tokenizer", "image processor"], parts.Select(p => p.GetProperty("kind").GetString()));
        JsonElement network = parts[0];
        Assert.Equal("clip", network.GetProperty("architecture").GetString());
        Assert.Equal(145_249, network.GetProperty("network").GetProperty("parameters").GetInt64());
        Assert.Equal(64, network.GetProperty("sha256").GetProperty("model.safetensors").GetString()!.Length);
    }

    [Theory]
    [InlineData("blip2_opt")]
    [InlineData("blip2_t5")]
    [InlineData("llava_next_mistral")]
    [InlineData("llava_next_vicuna")]
    [InlineData("dino_vits8")]
    [InlineData("sharded_bf16")]
    [InlineData("clip_text_sd")]
    public void Sound_models_verify(string name)
    {
        (int code, string output) = CommandLine.Run(ModelsCommand.Create(), "verify", Fixtures.Path("goldens", "transformers", name));
        Assert.True(code == 0, output);
    }

    [Fact]
    public void A_missing_key_is_named()
    {
        using TemporaryFolder folder = Changed(tensors => tensors.RemoveAll(t => t.Name == "text_projection.weight"));
        (int code, string output) = CommandLine.Run(ModelsCommand.Create(), "verify", folder.Path);
        Assert.Equal(ExitCodes.ItemsFailed, code);
        Assert.Contains("1 keys missing: text_projection.weight", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_of_another_shape_is_named_with_both_shapes()
    {
        using TemporaryFolder folder = Changed(tensors =>
        {
            int at = tensors.FindIndex(t => t.Name == "visual_projection.weight");
            tensors[at] = (tensors[at].Name, tensors[at].Value.transpose(0, 1));
        });
        (int code, string output) = CommandLine.Run(ModelsCommand.Create(), "verify", folder.Path);
        Assert.Equal(ExitCodes.ItemsFailed, code);
        Assert.Contains("of another shape: visual_projection.weight", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_nan_is_found_by_verify_and_named()
    {
        using TemporaryFolder folder = Changed(tensors =>
        {
            int at = tensors.FindIndex(t => t.Name == "text_model.final_layer_norm.bias");
            Tensor copy = tensors[at].Value.clone();
            copy[3] = tensor(float.NaN);
            tensors[at] = (tensors[at].Name, copy);
        });
        Assert.Equal(0, CommandLine.Run(ModelsCommand.Create(), "inspect", folder.Path).Code);
        (int code, string output) = CommandLine.Run(ModelsCommand.Create(), "verify", folder.Path);
        Assert.Equal(ExitCodes.ItemsFailed, code);
        Assert.Contains("NaN or infinity: text_model.final_layer_norm.bias", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_that_nothing_takes_are_told_but_do_no_harm()
    {
        using TemporaryFolder folder = Changed(tensors => tensors.Add(("extra.weight", zeros(3))));
        (int code, string output) = CommandLine.Run(ModelsCommand.Create(), "verify", folder.Path);
        Assert.Equal(0, code);
        Assert.Contains("1 keys not used: extra.weight", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_off_file_is_reported_and_the_other_parts_are_still_checked()
    {
        using TemporaryFolder folder = Changed(_ => { });
        using (FileStream stream = File.OpenWrite(folder.File("model.safetensors")))
        {
            stream.SetLength(stream.Length - 100);
        }

        (int code, string output) = CommandLine.Run(ModelsCommand.Create(), "verify", folder.Path);
        Assert.Equal(ExitCodes.ItemsFailed, code);
        Assert.Contains("cut off", output, StringComparison.Ordinal);
        Assert.Contains("tokenizer", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pickle_alone_is_refused_with_the_way_out()
    {
        using TemporaryFolder folder = new();
        File.Copy(Path.Combine(s_clip, "config.json"), folder.File("config.json"));
        File.WriteAllBytes(folder.File("pytorch_model.bin"), [0x80]);
        (int code, string output) = CommandLine.Run(ModelsCommand.Create(), "verify", folder.Path);
        Assert.Equal(ExitCodes.ItemsFailed, code);
        Assert.Contains("moodpipe models convert", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipeline_that_lacks_a_component_is_reported()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("model_index.json"), "{\"_class_name\": \"StableDiffusionPipeline\", \"unet\": [\"diffusers\", \"UNet2DConditionModel\"], \"safety_checker\": [null, null]}");
        (int code, string output) = CommandLine.Run(ModelsCommand.Create(), "verify", folder.Path);
        Assert.Equal(ExitCodes.ItemsFailed, code);
        Assert.Contains("names unet (UNet2DConditionModel), which is not there", output, StringComparison.Ordinal);
        Assert.DoesNotContain("safety_checker", output, StringComparison.Ordinal);
    }

    [Fact]
    public void One_file_is_listed()
    {
        (int code, string output) = CommandLine.Run(ModelsCommand.Create(), "inspect", Path.Combine(s_clip, "model.safetensors"));
        Assert.Equal(0, code);
        Assert.Contains("logit_scale", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_models_is_a_usage_error()
    {
        using TemporaryFolder folder = new();
        Assert.Equal(ExitCodes.Usage, CommandLine.Run(ModelsCommand.Create(), "verify", folder.Path).Code);
        Assert.Equal(ExitCodes.Usage, CommandLine.Run(ModelsCommand.Create(), "inspect", folder.File("absent")).Code);
    }

    [SharedGoldensFact]
    public void Convert_writes_beside_the_pickle_and_replaces_only_on_demand()
    {
        using TemporaryFolder folder = new();
        File.Copy(Path.Combine(Fixtures.SharedGoldens!, "diffusion", "b-vae-oldkeys", "vae", "diffusion_pytorch_model.bin"), folder.File("diffusion_pytorch_model.bin"));
        Assert.Contains("would become", CommandLine.Run(ModelsCommand.Create(), "convert", folder.Path, "--dry-run").Output, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("diffusion_pytorch_model.safetensors")));
        Assert.Equal(0, CommandLine.Run(ModelsCommand.Create(), "convert", folder.Path).Code);
        Assert.True(File.Exists(folder.File("diffusion_pytorch_model.safetensors")));
        Assert.Contains("--force", CommandLine.Run(ModelsCommand.Create(), "convert", folder.Path).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Convert_refuses_a_pickle_that_is_more_than_tensors()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("model.bin"), "cposix\nsystem\n(S'true'\ntR.");
        Assert.Equal(ExitCodes.ItemsFailed, CommandLine.Run(ModelsCommand.Create(), "convert", folder.Path).Code);
        Assert.False(File.Exists(folder.File("model.safetensors")));
    }

    /// <summary>A copy of the model with its tensors changed.</summary>
    private static TemporaryFolder Changed(Action<List<(string Name, Tensor Value)>> change)
    {
        TemporaryFolder folder = new();
        foreach (string file in Directory.EnumerateFiles(s_clip).Where(f => !f.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            File.Copy(file, folder.File(Path.GetFileName(file)));
        }

        using DisposeScope scope = NewDisposeScope();
        using SafetensorsFile source = SafetensorsFile.Open(Path.Combine(s_clip, "model.safetensors"));
        List<(string Name, Tensor Value)> tensors = [.. source.Names.Select(n => (n, source.ReadTensor(n)))];
        change(tensors);
        SafetensorsWriter.Write(folder.File("model.safetensors"), tensors);
        return folder;
    }
}
