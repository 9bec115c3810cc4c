namespace Pipeline.Training.World;

/// <summary>What stands in a scene: six silhouettes that differ in outline, not only in detail.</summary>
public enum ObjectKind
{
    /// <summary>Box with a gabled roof.</summary>
    House,

    /// <summary>Round crown on a trunk.</summary>
    Tree,

    /// <summary>Four-legged, from the side.</summary>
    Dog,

    /// <summary>Sitting upright, pointed ears, tail.</summary>
    Cat,

    /// <summary>Body and cabin on two wheels.</summary>
    Car,

    /// <summary>Standing figure whose mouth shows the emotion.</summary>
    Person,
}
