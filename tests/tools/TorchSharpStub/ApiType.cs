namespace TorchSharpStub;

/// <summary>One type of the list: its declaration in pieces, its members as written, the types nested in it.</summary>
internal sealed class ApiType(string name)
{
    /// <summary>Own name with type parameters, without those of the types around it.</summary>
    public string Name { get; } = name;

    /// <summary>Name without type parameters.</summary>
    public string PlainName => Name.Split('<')[0];

    public string Modifiers { get; set; } = "static ";

    /// <summary>class, struct, enum or interface.</summary>
    public string Kind { get; set; } = "class";

    public IReadOnlyList<string> Bases { get; set; } = [];

    public string Constraints { get; set; } = "";

    public IReadOnlyList<string> Members { get; set; } = [];

    public Dictionary<string, ApiType> Nested { get; } = [];
}
