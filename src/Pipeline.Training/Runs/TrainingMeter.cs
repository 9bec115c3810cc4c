using System.Diagnostics.Metrics;

namespace Pipeline.Training.Runs;

/// <summary>The metrics of training runs; exported over OTLP where the environment names a collector. Every value has the tag <c>system</c>.</summary>
public static class TrainingMeter
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Moodpipe.Training";

    private static readonly Meter s_meter = new(Name);
    private static readonly Gauge<double> s_loss = s_meter.CreateGauge<double>("moodpipe.training.loss", "1", "loss of a step");
    private static readonly Gauge<double> s_rate = s_meter.CreateGauge<double>("moodpipe.training.rate", "1", "learning rate of a step");
    private static readonly Gauge<double> s_speed = s_meter.CreateGauge<double>("moodpipe.training.speed", "{sample}/s", "samples a second of this process, scoring and saving included");
    private static readonly Gauge<double> s_score = s_meter.CreateGauge<double>("moodpipe.training.score", "1", "score on held-out samples");
    private static readonly Gauge<double> s_scale = s_meter.CreateGauge<double>("moodpipe.training.loss_scale", "1", "factor of the loss in float16");
    private static readonly Counter<long> s_samples = s_meter.CreateCounter<long>("moodpipe.training.samples", "{sample}", "samples trained on");

    internal static void Step(string system, double loss, double rate, int samples, double? scale)
    {
        KeyValuePair<string, object?> tag = new("system", system);
        s_loss.Record(loss, tag);
        s_rate.Record(rate, tag);
        s_samples.Add(samples, tag);
        if (scale is { } factor)
        {
            s_scale.Record(factor, tag);
        }
    }

    internal static void Progress(string system, TrainingProgress progress)
    {
        KeyValuePair<string, object?> tag = new("system", system);
        s_speed.Record(progress.SamplesPerSecond, tag);
        if (progress.Score is { } score)
        {
            s_score.Record(score, tag);
        }
    }
}
