using Xunit;

namespace Pipeline.TestKit;

/// <summary>A fact that needs the reference cases beside the checkout; shown as skipped where they are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedGoldensFactAttribute : FactAttribute
{
    /// <summary>Looks for the folder once.</summary>
    public SharedGoldensFactAttribute()
    {
        if (Fixtures.SharedGoldens is null)
        {
            Skip = "no reference cases beside the checkout (../shared/goldens, or MOODPIPE_SHARED_GOLDENS)";
        }
    }
}
