namespace TorchSharp.Utils;

/// <summary>The name under which a field's module, parameter or buffer is registered, where the field's own name is not it.</summary>
[AttributeUsage(AttributeTargets.Field, Inherited = true)]
public class ComponentNameAttribute : Attribute
{
    public string Name { get; set; } = "";
}
