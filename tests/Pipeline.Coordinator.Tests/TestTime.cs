namespace Pipeline.Coordinator.Tests;

internal static class TestTime
{
    /// <summary>Waits for something that happens soon on any machine.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (!condition())
        {
            await Task.Delay(20, patience.Token);
        }
    }
}
