namespace Pipeline.Methods.Baselines;

/// <summary>Settings of <see cref="InstructPix2PixEditor"/>; <see cref="BaselineOptions.Guidance"/> is the text scale s_T.</summary>
public sealed record InstructPix2PixOptions : BaselineOptions
{
    /// <summary>s_I: how strongly the result is held to the source. Default 1.5 (paper).</summary>
    public double ImageGuidance { get; init; } = 1.5;

    /// <summary>The instruction: <c>{target}</c> is the target prompt, <c>{emotion}</c> the emotion. Default "turn it into {target}"; manifests that carry instructions as prompts set "{target}".</summary>
    public string Instruction { get; init; } = "turn it into {target}";

    /// <inheritdoc />
    public override void Check()
    {
        base.Check();
        EditException.Require(ImageGuidance >= 0 && double.IsFinite(ImageGuidance), "imageGuidance must be finite and not negative");
        EditException.Require(Instruction.Trim().Length > 0, "instruction must not be empty");
    }
}
