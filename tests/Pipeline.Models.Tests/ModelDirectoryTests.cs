using Pipeline.TestKit;

namespace Pipeline.Models.Tests;

public sealed class ModelDirectoryTests
{
    [Fact]
    public void Components_are_recognised_by_their_configuration_not_by_their_folder()
    {
        using TemporaryFolder folder = new();
        Write(folder, "alpha", "config.json", "{\"model_type\": \"llava_next\"}");
        Write(folder, "mllm", "config.json", "{\"model_type\": \"blip-2\"}");
        Write(folder, "pictures", "model_index.json", "{\"_class_name\": \"StableDiffusionPipeline\"}");
        Write(folder, "else", "config.json", "{\"model_type\": \"bert\"}");
        ModelDirectory models = ModelDirectory.Open(folder.Path);
        Assert.Equal([ComponentKind.Diffusion, ComponentKind.Mllm, ComponentKind.Captioner], models.Components.Select(c => c.Kind));
        Assert.Equal(folder.File("alpha"), models.Require(ComponentKind.Mllm).Path);
        Assert.Null(models.Find(ComponentKind.Clip));
    }

    [Fact]
    public void One_component_is_a_model_directory_of_its_own() =>
        Assert.Equal(ComponentKind.Dino, Assert.Single(ModelDirectory.Open(Fixtures.Path("goldens", "transformers", "dino_vits8")).Components).Kind);

    [Fact]
    public void What_is_missing_is_said_with_what_is_there()
    {
        using TemporaryFolder folder = new();
        Write(folder, "eyes", "config.json", "{\"model_type\": \"clip\"}");
        string message = Assert.Throws<ModelFormatException>(() => ModelDirectory.Open(folder.Path).Require(ComponentKind.Captioner)).Message;
        Assert.Contains("model_type blip-2", message, StringComparison.Ordinal);
        Assert.Contains("eyes (clip)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_of_a_kind_are_not_guessed_between()
    {
        using TemporaryFolder folder = new();
        Write(folder, "a", "config.json", "{\"model_type\": \"clip\"}");
        Write(folder, "b", "config.json", "{\"model_type\": \"clip\"}");
        Assert.Throws<ModelFormatException>(() => ModelDirectory.Open(folder.Path).Require(ComponentKind.Clip));
    }

    [Fact]
    public void A_missing_folder_is_refused() => Assert.Throws<ModelFormatException>(() => ModelDirectory.Open("/nowhere/models"));

    [Fact]
    public void The_digest_follows_contents_and_names_and_nothing_else()
    {
        using TemporaryFolder one = new(), two = new();
        Write(one, "x", "config.json", "{\"model_type\": \"clip\"}");
        Write(one, "x", "b.txt", "same");
        Write(two, "y", "b.txt", "same");
        Write(two, "y", "config.json", "{\"model_type\": \"clip\"}");
        ModelComponent left = ModelDirectory.Open(one.Path).Require(ComponentKind.Clip), right = ModelDirectory.Open(two.Path).Require(ComponentKind.Clip);
        string before = ModelDirectory.Digest(left);
        Assert.Equal(before, ModelDirectory.Digest(right));
        File.WriteAllText(one.File("x", "b.txt"), "other");
        Assert.NotEqual(before, ModelDirectory.Digest(left));
    }

    [Fact]
    public void File_digests_are_those_of_the_contents()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("abc"), "abc");
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", FileDigests.Sha256(folder.File("abc")));
        Assert.Throws<ModelFormatException>(() => FileDigests.Sha256(folder.File("absent")));
    }

    private static void Write(TemporaryFolder folder, string sub, string file, string text)
    {
        Directory.CreateDirectory(folder.File(sub));
        File.WriteAllText(folder.File(sub, file), text);
    }
}
