using Pipeline.TestKit;

namespace Pipeline.Integration.Tests;

/// <summary>A random tiny model family, made once for a test class by the command that users have.</summary>
public sealed class TinyModels : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The model directory.</summary>
    public string Path => _folder.File("models");

    /// <inheritdoc />
    public async Task InitializeAsync()
    {
        MoodpipeProcess.Outcome made = await MoodpipeProcess.RunAsync(
            TimeSpan.FromMinutes(2), "models", "create-random", "--family", "tiny", "--out", Path, "--seed", "7");
        Assert.True(made.ExitCode == 0, made.ToString());
    }

    /// <inheritdoc />
    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }
}
