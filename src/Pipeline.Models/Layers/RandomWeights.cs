using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Layers;

/// <summary>
/// Start values from a seed, for training from scratch and for tiny test models. Every parameter has a generator of its own, seeded by the hash of
/// (seed, full key): the values do not depend on the order in which modules are built, nor on which other parameters exist.
/// </summary>
/// <param name="seed">The seed.</param>
/// <param name="device">Where the parameters live; CPU when null. The values are drawn on the CPU in any case, so they are the same everywhere.</param>
/// <param name="dtype">Type of the parameters; float32 when null.</param>
/// <param name="nonTrivial">
/// True draws also what would start as 0 or 1 (biases, norm weights) around that value with deviation 0.1, so that a test notices a forgotten one.
/// </param>
/// <param name="trainable">Whether parameters ask for gradients.</param>
public sealed class RandomWeights(long seed, Device? device = null, ScalarType? dtype = null, bool nonTrivial = false, bool trainable = false) : WeightSource
{
    private const double NonTrivialDeviation = 0.1;

    /// <inheritdoc />
    public override Device Device { get; } = device ?? CPU;

    /// <inheritdoc />
    public override ScalarType Dtype { get; } = dtype ?? ScalarType.Float32;

    /// <inheritdoc />
    public override bool Trainable => trainable;

    /// <summary>True: every optional part is created.</summary>
    public override bool Has(string name) => true;

    /// <inheritdoc />
    public override Tensor Take(string name, long[] shape, Init init)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(SeedOf(name));
        double bound = init.Kind == InitKind.KaimingUniform ? 1 / Math.Sqrt(Math.Max(1, init.Value > 0 ? init.Value : FanIn(shape))) : 0;
        double deviation = nonTrivial ? NonTrivialDeviation : 0;
        Tensor values = init.Kind switch
        {
            InitKind.Normal => Draw(0, init.Value),
            InitKind.KaimingUniform => empty(shape, ScalarType.Float32).uniform_(-bound, bound, generator),
            InitKind.Ones => Draw(1, deviation),
            InitKind.Constant => Draw(init.Value, deviation),
            _ => Draw(0, deviation),
        };
        return values.to(Dtype, Device).MoveToOuterDisposeScope();

        Tensor Draw(double mean, double spread) =>
            spread > 0 ? empty(shape, ScalarType.Float32).normal_(mean, spread, generator) : full(shape, mean, ScalarType.Float32);
    }

    private static long FanIn(long[] shape) => shape.Skip(1).Aggregate(1L, (product, size) => product * size);

    private ulong SeedOf(string name)
    {
        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\n{name}"));
        return BinaryPrimitives.ReadUInt64LittleEndian(digest);
    }
}
