using Pipeline.Diffusion.Inversion;
using Pipeline.Stages.Pictures;
using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Stages.Inversion;

/// <summary>
/// What an inversion computed, between memory and store, without loss, so that an edit from the store has the bytes of an edit right after the inversion: latents, which were rounded to half precision when they were
/// computed, in two bytes a value, learned tensors in four.
/// </summary>
public static class StoredInversion
{
    /// <summary>The file of an artefact, which stays the caller's.</summary>
    public static byte[] Write(InversionArtefact artefact) => Npz.Write(artefact.Names.Select(name =>
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor host = artefact[name].to(ScalarType.Float32, CPU).contiguous();
        using TensorAccessor<float> values = host.data<float>();
        return (name, values.ToArray(), host.shape);
    }));

    /// <summary>The artefact of a file, on a device; owned by the caller.</summary>
    /// <exception cref="Contracts.Errors.PipelineException">The bytes are not such a file.</exception>
    public static InversionArtefact Read(byte[] file, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        return new InversionArtefact(Npz.Read(file).Select(a => (a.Name, tensor(a.Values, a.Shape).to(device))));
    }
}
