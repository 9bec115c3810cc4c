using System.Diagnostics;
using Pipeline.Imaging;
using Pipeline.Training.Autoencoder;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;

namespace Pipeline.Benchmarks;

/// <summary>What making batches ahead of their step saves: the same steps over photographs-sized files, with and without.</summary>
internal static class TrainingBenchmarks
{
    private const int Pictures = 64, Width = 1_024, Height = 768, Steps = 30;

    /// <summary>Wall time of a step of the tiny autoencoder's built-in recipe over JPEG files, by number of reading threads.</summary>
    public static void Readers()
    {
        string folder = Directory.CreateTempSubdirectory("moodpipe-benchmark-").FullName;
        try
        {
            string manifest = Write(folder);
            foreach (int readers in new[] { 0, 1, 2 })
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

    /// <summary>Median over all steps but the first five.</summary>
    private static (double Milliseconds, double Loss) Milliseconds(string manifest, string folder, int readers)
    {
        TrainingConfig config = AutoencoderRecipes.Full with
        {
            Steps = Steps,
            Data = new WorldData { Manifest = manifest, HeldOut = 4, Pictures = new ManifestOptions { Crop = CropMode.Random } },
            Surroundings = new TrainingSurroundings { Readers = readers },
        };
        List<double> times = [];
        double loss = 0;
        long last = Stopwatch.GetTimestamp();
        using AutoencoderTask task = new(config);
        new TrainingRun(config, task, folder, p =>
        {
            times.Add(Stopwatch.GetElapsedTime(last).TotalMilliseconds);
            (last, loss) = (Stopwatch.GetTimestamp(), p.Means["loss"]);
        }).Run(false, CancellationToken.None);
        return (times.Skip(5).SkipLast(1).Order().ElementAt((times.Count - 6) / 2), loss);
    }
}
