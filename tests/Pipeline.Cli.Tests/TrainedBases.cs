using Pipeline.Cli.Commands;
using Pipeline.TestKit;
using Pipeline.Training.Family;

namespace Pipeline.Cli.Tests;

/// <summary>An autoencoder and a CLIP after a few steps, made by the command: what other trainers build on.</summary>
public sealed class TrainedBases : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TrainedBases()
    {
        foreach (string system in Trainers.All.SelectMany(t => t.Bases).Distinct())
        {
            (int code, string output) = CommandLine.Run(TrainCommand.Create(), system, "--smoke", "--steps", "30", "--out", _folder.File(system));
            Assert.True(code is ExitCodes.Done or ExitCodes.QualityGate, output);       // thirty steps need not reach the margin
        }
    }

    /// <summary>The options that a trainer's bases are named with.</summary>
    public string[] Of(string system) => [.. Trainers.All.Single(t => t.System == system).Bases.SelectMany(role => new[] { "--base", $"{role}={_folder.File(role, "model")}" })];

    public void Dispose() => _folder.Dispose();
}
