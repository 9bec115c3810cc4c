using System.Text.Json;
using Pipeline.Imaging.Tensors;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Dino;
using Pipeline.TestKit;
using Pipeline.Training.Runs;
using Pipeline.Training.SelfDistillation;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests.Runs;

public sealed class DinoTrainingTests
{
    private static TrainingConfig TenSteps => DinoRecipes.DistillationSmoke with { Steps = 10, Batch = 4, CheckpointEvery = 10, Data = new WorldData { Scenes = 64, HeldOut = 8 } };

    [Fact]
    public void Smoke_training_lowers_the_loss_by_a_tenth_without_collapse()
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = DinoRecipes.DistillationSmoke;
        using DinoTask task = new(config);
        new TrainingRun(config, task, folder.Path).Run(false, CancellationToken.None);

        SmokeCheck check = SmokeCheck.Of(folder.Path, DinoRecipes.SmokeMargin);
        Assert.True(check.Passed, check.ToString());
        using JsonDocument scores = JsonDocument.Parse(File.ReadAllBytes(folder.File(TrainingRun.ScoresFile)));
        Assert.Equal(["kNN accuracy (%)", "kNN kind (%)", "kNN place (%)"], scores.RootElement.EnumerateObject().Select(p => p.Name).Take(3));
        Assert.True(scores.RootElement.GetProperty("kNN place (%)").GetDouble() > 35, scores.RootElement.ToString());   // chance is 25

        // One answer for every picture would have a spread of about the entropy of one answer, and no difference between pictures.
        string[] last = File.ReadAllLines(folder.File("losses.csv"))[^1].Split(',');
        Assert.True(double.Parse(last[3], System.Globalization.CultureInfo.InvariantCulture) > double.Parse(last[2], System.Globalization.CultureInfo.InvariantCulture) + 0.1, string.Join(',', last));
    }

    [Fact]
    public void Ten_steps_equal_five_and_five_after_a_resume_bit_for_bit_teacher_and_centre_included() =>
        TrainingFixture.AssertResumes(TenSteps, config => new DinoTask(config), "task.safetensors");

    [Fact]
    public void Training_from_labels_lowers_the_loss_by_half_and_exports_what_it_measured()
    {
        using TemporaryFolder folder = new();
        TrainingConfig config = DinoRecipes.Smoke;
        using ITrainingTask task = DinoTask.For(config);
        Assert.IsType<LabelledVitTask>(task);
        new TrainingRun(config, task, folder.Path).Run(false, CancellationToken.None);
        SmokeCheck check = SmokeCheck.Of(folder.Path, DinoRecipes.SmokeMargin);
        Assert.True(check.Passed && check.After < 0.5 * check.Before, check.ToString());

        using ViTModel model = ViTModel.Load(folder.File("model"));
        using JsonDocument scores = JsonDocument.Parse(File.ReadAllBytes(folder.File(TrainingRun.ScoresFile)));
        foreach ((string name, double value) in FeatureQuality.Neighbours(model, config))
        {
            Assert.Equal(value, scores.RootElement.GetProperty(name).GetDouble(), 6);
        }

        Assert.All(FeatureQuality.Structure(model, config), f => Assert.True(f.Value > 0, f.Name));
    }

    [Fact]
    public void Ten_labelled_steps_equal_five_and_five_after_a_resume_bit_for_bit() =>
        TrainingFixture.AssertResumes(DinoRecipes.Smoke with { Steps = 10, Batch = 4, CheckpointEvery = 10, Data = new WorldData { Scenes = 64, HeldOut = 8 } }, DinoTask.For);

    [Fact]
    public void Patches_share_the_masks_of_what_they_show()
    {
        RenderedScene[] pictures = [.. Enumerable.Range(0, 3).Select(i => SceneRenderer.Render(Scene.Sample((ulong)i)))];
        float[] shares = PatchLabels.Shares(pictures, 8);
        Assert.Equal(3 * 64 * 7, shares.Length);
        for (int i = 0; i < 3; i++)
        {
            float[] own = shares[(i * 448)..((i + 1) * 448)];
            Assert.Equal(pictures[i].StimulusMask.Sum() / 64, own.Where((_, at) => at % 7 == 6).Sum(), 1e-3);
            Assert.Equal(pictures[i].ObjectMasks.Sum(m => m.Sum()) / 64, own.Where((_, at) => at % 7 != 6).Sum(), 1e-3);
            Assert.All(Enumerable.Range(0, 6).Except(pictures[i].Scene.Objects.Select(o => (int)o.Kind)), kind => Assert.All(own.Where((_, at) => at % 7 == kind), v => Assert.Equal(0, v)));
        }
    }

    [Fact]
    public void The_exported_folder_is_the_teacher_without_its_head()
    {
        using TemporaryFolder folder = new();
        using DinoTask task = new(TenSteps);
        new TrainingRun(TenSteps, task, folder.Path).Run(false, CancellationToken.None);

        using DisposeScope scope = NewDisposeScope();
        using ViTModel model = ViTModel.Load(folder.File("model"));
        using SafetensorsFile exported = SafetensorsFile.Open(folder.File("model", "model.safetensors"));
        Assert.DoesNotContain(exported.Names, n => n.Contains("head", StringComparison.Ordinal));
        foreach ((string name, Tensor value) in task.State.Where(s => s.Name.StartsWith("teacher.vit.", StringComparison.Ordinal)))
        {
            Assert.True(exported.Bytes(name["teacher.vit.".Length..]).SequenceEqual(value.contiguous().bytes), name);
        }

        Tensor keys = model.Keys(WorldPictures.Render([1, 2], PixelRange.SignedUnit));
        Assert.Equal([2, 65, 24], keys.shape);
    }

    [Fact]
    public void The_teacher_follows_the_student_slowly()
    {
        using TemporaryFolder folder = new();
        using DinoTask task = new(TenSteps);
        double[] before = TeacherAndStudent(task).Teacher;
        new TrainingRun(TenSteps, task, folder.Path).Run(false, CancellationToken.None);
        (double[] teacher, double[] student) = TeacherAndStudent(task);
        double Moved(double[] values) => Math.Sqrt(values.Zip(before, (a, b) => (a - b) * (a - b)).Sum());
        Assert.True(Moved(teacher) > 0 && Moved(teacher) < Moved(student), $"{Moved(teacher)} {Moved(student)}");
    }

    [Fact]
    public void Views_have_their_size_stay_in_range_and_follow_their_generator()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pixels = WorldPictures.Render(Enumerable.Range(0, 6).Select(i => (ulong)i), PixelRange.SignedUnit);
        Tensor View(ulong seed)
        {
            using Generator random = new(seed);
            return MultiCrop.View(pixels, 32, 0.15, 0.5, random);
        }

        Tensor first = View(1);
        Assert.Equal([6, 3, 32, 32], first.shape);
        Assert.InRange(first.abs().max().ToDouble(), 0.5, 1);
        Assert.Equal(0, (first - View(1)).abs().max().ToDouble());
        Assert.True((first - View(2)).abs().mean().ToDouble() > 0.05);
    }

    [Fact]
    public void Neighbours_of_separate_clusters_are_right_and_of_swapped_ones_wrong()
    {
        using DisposeScope scope = NewDisposeScope();
        float[] points = [1, 0, 0.9f, 0.1f, 0, 1, 0.1f, 0.9f];
        Tensor bank = tensor(points, [4, 2]), queries = tensor([0.8f, 0.1f, 0.2f, 2], [2, 2]);
        Assert.Equal(100, NearestNeighbours.Accuracy(bank, [0, 0, 1, 1], queries, [0, 1], 2));
        Assert.Equal(0, NearestNeighbours.Accuracy(bank, [0, 0, 1, 1], queries, [1, 0], 2));
        Assert.Equal(50, NearestNeighbours.Accuracy(bank, [0, 0, 1, 1], queries, [0, 0], 20));
    }

    [Theory]
    [InlineData("{\"outputs\": 1}")]
    [InlineData("{\"momentum\": 1}")]
    [InlineData("{\"teacherTemperature\": 0}")]
    public void Impossible_settings_are_refused(string task)
    {
        using JsonDocument document = JsonDocument.Parse(task);
        Assert.Throws<TrainingException>(() => new DinoTask(TenSteps with { Task = document.RootElement }));
    }

    [Fact]
    public void Training_leaves_no_tensor_behind() => TrainingFixture.AssertNothingLeft(TenSteps with { Steps = 2 }, config => new DinoTask(config));

    private static (double[] Teacher, double[] Student) TeacherAndStudent(DinoTask task)
    {
        using DisposeScope scope = NewDisposeScope();
        const string Key = "vit.encoder.layer.0.intermediate.dense.weight";
        Tensor teacher = task.State.Single(s => s.Name == "teacher." + Key).Value, student = task.Network.named_parameters().Single(p => p.name == Key).parameter;
        return ([.. teacher.detach().view(-1).data<float>().ToArray().Select(v => (double)v)], [.. student.detach().view(-1).data<float>().ToArray().Select(v => (double)v)]);
    }
}
