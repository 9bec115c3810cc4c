namespace TorchSharp.Modules;

/// <summary>Marks modules that have nothing to move or save.</summary>
public interface IParameterLessModule
{
}
