using System.Diagnostics;
using Pipeline.Imaging;
using Pipeline.Training.Autoencoder;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;

namespace Pipeline.Benchmarks;

/// <summary>What making batches ahead of their step saves: the same steps over files of a photograph's size, with and without.</summary>
internal static class TrainingBenchmarks
{
    private const int Pictures = 64, Width = 1_024, Height = 768, Steps = 10, Skipped = 3;

    /// <summary>The tiny autoencoder's built-in recipe over JPEG files: processor time of making a batch, and wall time of a step by number of reading threads.</summary>
    public static void Readers()
    {
        string folder = Directory.CreateTempSubdirectory("moodpipe-benchmark-").FullName;
        try
        {
            string manifest = Write(folder);
            Console.WriteLine(FormattableString.Invariant($"vae, making a batch of 16 of {Width}x{Height} JPEG: {BatchMilliseconds(manifest):0} ms of a processor"));
            foreach (int readers in new[] { 0, 1 })
            {
                (double milliseconds, double loss) = Milliseconds(manifest, Path.Combine(folder, $"run-{readers}"), readers);
                Console.WriteLine(FormattableString.Invariant($"vae, batch 16 of {Width}x{Height} JPEG, {readers} readers: {milliseconds:0.0} ms a step (last loss {loss:R})"));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Write(string folder)
    {
        List<string> lines = [];
        for (int i = 0; i < Pictures; i++)
        {
            RgbImage image = new(Width, Height);
            for (int p = 0; p < image.Pixels.Length; p++)
            {
                image.Pixels[p] = (byte)(((p / 3 % Width) + (p / 3 / Width * (i + 1))) / 4 + (p % 3 * 40));
            }

            File.WriteAllBytes(Path.Combine(folder, $"{i}.jpg"), ImageCodec.Default.Encode(image, EncodeOptions.Png with { Format = ImageFormat.Jpeg }));
            lines.Add($$"""{"image": "{{i}}.jpg", "split": "{{(i < 4 ? "val" : "train")}}"}""");
        }

        string manifest = Path.Combine(folder, "pictures.jsonl");
        File.WriteAllLines(manifest, lines);
        return manifest;
    }

    private static double BatchMilliseconds(string manifest)
    {
        using AutoencoderTask task = new(Config(manifest, 0));
        Sample[] samples = [.. Enumerable.Range(0, 16).Select(i => new Sample(i, 0))];
        return Measurement.Milliseconds(() => task.Load(samples, []), 3).Processor;
    }

    private static TrainingConfig Config(string manifest, int readers) => AutoencoderRecipes.Full with
    {
        Steps = Steps,
        Data = new WorldData { Manifest = manifest, HeldOut = 4, Pictures = new ManifestOptions { Crop = CropMode.Random } },
        Surroundings = new TrainingSurroundings { Readers = readers },
    };

    /// <summary>Median over all steps but the first ones.</summary>
    private static (double Milliseconds, double Loss) Milliseconds(string manifest, string folder, int readers)
    {
        TrainingConfig config = Config(manifest, readers);
        List<double> times = [];
        double loss = 0;
        long last = Stopwatch.GetTimestamp();
        using AutoencoderTask task = new(config);
        new TrainingRun(config, task, folder, p =>
        {
            times.Add(Stopwatch.GetElapsedTime(last).TotalMilliseconds);
            (last, loss) = (Stopwatch.GetTimestamp(), p.Means["loss"]);
        }).Run(false, CancellationToken.None);
        return (times.Skip(Skipped).SkipLast(1).Order().ElementAt((times.Count - Skipped - 1) / 2), loss);
    }
}
