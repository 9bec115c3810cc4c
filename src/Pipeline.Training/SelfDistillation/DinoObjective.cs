namespace Pipeline.Training.SelfDistillation;

/// <summary>What the vision transformer behind the structure metrics learns from.</summary>
public enum DinoObjective
{
    /// <summary>Labels of pictures and patches. Pictures of the world differ most in sky and place, and self-distillation tells just these apart: objects are learnt from labels only.</summary>
    Labels,

    /// <summary>Self-distillation without labels, as DINO was trained: for pictures whose content is their object.</summary>
    Distillation,
}
