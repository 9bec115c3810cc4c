using System.Text.Json;
using Pipeline.TestKit;

namespace Pipeline.Diffusion.Tests;

/// <summary>The double-precision golden vectors of the editing algorithms.</summary>
internal static class Golden
{
    private static readonly JsonDocument Document = JsonDocument.Parse(File.ReadAllText(Fixtures.Path("editing-golden.json")));

    public static JsonElement Case(string name) => Document.RootElement.GetProperty(name);

    public static double Number(this JsonElement element, string name) => element.GetProperty(name).GetDouble();

    public static int[] Ints(this JsonElement element) => [.. element.EnumerateArray().Select(e => e.GetInt32())];

    public static double[] Doubles(this JsonElement element) => [.. element.EnumerateArray().Select(e => e.GetDouble())];

    /// <summary>alphaBar of Stable Diffusion in double precision, as the golden vectors use it.</summary>
    public static double[] AlphaBar { get; } = MakeAlphaBar();

    private static double[] MakeAlphaBar()
    {
        double[] result = new double[1000];
        (double low, double high, double product) = (Math.Sqrt(0.00085), Math.Sqrt(0.012), 1);
        for (int i = 0; i < result.Length; i++)
        {
            double root = low + (high - low) * i / 999;
            result[i] = product *= 1 - root * root;
        }

        return result;
    }
}
