using Pipeline.TestKit;

namespace Pipeline.Methods.Tests;

/// <summary>A test that needs files which may not be copied into the repository; skipped, with its reason, where they are not.</summary>
public sealed class SharedGoldensFactAttribute : FactAttribute
{
    public SharedGoldensFactAttribute() =>
        Skip = Fixtures.SharedGoldens is null ? "the reference cases beside the checkout are not here (MOODPIPE_SHARED_GOLDENS)" : null;
}
