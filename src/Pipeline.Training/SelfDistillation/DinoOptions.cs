using Pipeline.Training.Runs;

namespace Pipeline.Training.SelfDistillation;

/// <summary>Settings of the vision transformer's training (<c>task</c> of a configuration), all but the first of self-distillation; defaults are those of the tiny world, the paper's in brackets.</summary>
public sealed record DinoOptions
{
    /// <summary>What is learnt from.</summary>
    public DinoObjective Objective { get; init; }

    /// <summary>Width of the head's two hidden layers (2048).</summary>
    public int HeadWidth { get; init; } = 192;

    /// <summary>Width of the head's unit vector (256).</summary>
    public int Bottleneck { get; init; } = 64;

    /// <summary>Outputs of the head (65,536).</summary>
    public int Outputs { get; init; } = 512;

    /// <summary>Small views a picture, beside the two large ones (8 to 10).</summary>
    public int SmallViews { get; init; } = 2;

    /// <summary>Side of a small view in pixels (96 of 224).</summary>
    public int SmallSide { get; init; } = 32;

    /// <summary>Temperature of the student (0.1).</summary>
    public double StudentTemperature { get; init; } = 0.1;

    /// <summary>Temperature of the teacher (0.04 to 0.07).</summary>
    public double TeacherTemperature { get; init; } = 0.04;

    /// <summary>Share of itself that the teacher keeps at a step, at the start; rises to 1 along half a cosine (0.996).</summary>
    public double Momentum { get; init; } = 0.99;

    /// <summary>Share of itself that the centre keeps at a step (0.9).</summary>
    public double CentreMomentum { get; init; } = 0.9;

    /// <summary>Refuses values out of range.</summary>
    /// <param name="side">Side of the pictures.</param>
    /// <exception cref="TrainingException">Names the first wrong value.</exception>
    public void Check(int side)
    {
        string? problem = HeadWidth < 1 || Bottleneck < 1 || Outputs < 2 ? "headWidth and bottleneck must be at least 1, outputs at least 2"
            : SmallViews is < 0 or > 32 ? "smallViews must lie between 0 and 32"
            : SmallSide < 1 || SmallSide > side ? $"smallSide must lie between 1 and {side}"
            : !(StudentTemperature > 0 && TeacherTemperature > 0) ? "the temperatures must be positive"
            : !(Momentum is >= 0 and < 1 && CentreMomentum is >= 0 and < 1) ? "momentum and centreMomentum must lie in [0, 1)"
            : null;
        if (problem is not null)
        {
            throw new TrainingException($"task: {problem}");
        }
    }
}
