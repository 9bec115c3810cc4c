using Pipeline.Training.Runs;

namespace Pipeline.Training.Family;

/// <summary>A trainer that can be asked for by name.</summary>
/// <param name="System">Its name, in configurations too.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Full">The built-in recipe.</param>
/// <param name="Smoke">A tiny one for some seconds.</param>
/// <param name="SmokeMargin">Largest ratio of the last losses of the tiny one to its first ones that passes.</param>
/// <param name="Create">Makes the task of a configuration.</param>
/// <param name="Bases">Roles of trained models that it cannot do without.</param>
public sealed record Trainer(
    string System, string Description, Func<TrainingConfig> Full, Func<TrainingConfig> Smoke, double SmokeMargin, Func<TrainingConfig, ITrainingTask> Create,
    params string[] Bases);
