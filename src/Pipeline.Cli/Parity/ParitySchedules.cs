using System.Text.Json;
using Pipeline.Diffusion.Attention;

namespace Pipeline.Cli.Parity;

/// <summary>Reads the forms in which cases write Prompt-to-Prompt's schedules.</summary>
internal static class ParitySchedules
{
    /// <summary><c>cross_replace_steps</c>: a fraction, a pair of fractions, or an object of words with <c>default_</c>.</summary>
    public static WordSchedule Read(JsonElement steps, int count, int length, PromptWords target)
    {
        if (steps.ValueKind != JsonValueKind.Object)
        {
            return new WordSchedule(count, length, Interval(steps));
        }

        (double, double) rest = steps.TryGetProperty("default_", out JsonElement stated) ? Interval(stated) : (0, 1);
        return new WordSchedule(count, length, rest,
            steps.EnumerateObject().Where(w => w.Name != "default_").Select(w => (Interval(w.Value), target.Find(w.Name))));
    }

    /// <summary>A fraction b, meaning (0, b), or a pair.</summary>
    public static (double From, double Until) Interval(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? (value[0].GetDouble(), value[1].GetDouble()) : (0, value.GetDouble());
}
