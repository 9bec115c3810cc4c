namespace Pipeline.Contracts.Topology;

/// <summary>
/// Which stage follows which: <c>prompt → invert → edit → { caption, score }</c>. Sets of stages are bit masks, bit i for <see cref="StageNames.All"/>[i].
/// </summary>
public static class StageGraph
{
    // Parent of each stage in StageNames.All, -1 for the first.
    private static readonly int[] Parents = [-1, 0, 1, 2, 2];

    /// <summary>Stages that every item needs: up to the edit.</summary>
    public const int Required = 0b00111;

    /// <summary>All stages.</summary>
    public const int Everything = 0b11111;

    /// <summary>Position of a stage in the order of the data flow.</summary>
    /// <exception cref="ArgumentException">The stage is not part of the graph.</exception>
    public static int IndexOf(string stage)
    {
        for (int i = 0; i < Parents.Length; i++)
        {
            if (StageNames.All[i] == stage)
            {
                return i;
            }
        }

        throw new ArgumentException($"'{stage}' is not a stage; stages are {string.Join(", ", StageNames.All)}", nameof(stage));
    }

    /// <summary>Bit of a stage.</summary>
    public static int Bit(string stage) => 1 << IndexOf(stage);

    /// <summary>Mask of several stages.</summary>
    public static int Mask(IEnumerable<string> stages) => stages.Aggregate(0, (mask, stage) => mask | Bit(stage));

    /// <summary>The stages of a mask, in order.</summary>
    public static IReadOnlyList<string> Stages(int mask) => [.. StageNames.All.Where((_, i) => (mask & (1 << i)) != 0)];

    /// <summary>The stages right after one.</summary>
    public static IReadOnlyList<string> After(string stage)
    {
        int index = IndexOf(stage);
        return [.. StageNames.All.Where((_, i) => Parents[i] == index)];
    }

    /// <summary>The stage and everything that can only run after it: what a failure of the stage settles as well.</summary>
    public static int WithDescendants(string stage)
    {
        int mask = Bit(stage);
        for (int i = 0; i < Parents.Length; i++)
        {
            if (Parents[i] >= 0 && (mask & (1 << Parents[i])) != 0)
            {
                mask |= 1 << i;
            }
        }

        return mask;
    }

    /// <summary>Whether a mask of stages can be run: the required ones are in, and nothing unknown.</summary>
    public static bool IsRunnable(int mask) => (mask & Required) == Required && (mask & ~Everything) == 0;
}
