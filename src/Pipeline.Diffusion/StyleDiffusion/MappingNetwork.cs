using Pipeline.Diffusion.Noise;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.StyleDiffusion;

/// <summary>
/// M_t of StyleDiffusion: three 1x1 convolutions over the token axis that turn the image tokens E(x) [B, N, X] into scale and shift of the text states [B, 2 L, X] (film), or into the value input itself
/// [B, L, X] (direct). One such network per sampling step.
/// </summary>
/// <remarks>
/// S. Li et al., 2023 (arXiv:2303.15649), Table 1; 154 channels and the affine form as in the authors' code. Parameters carry the names of its checkpoints: <c>conv_start</c>, <c>conv_block.0.0</c>
/// (convolution), <c>conv_block.0.1</c> (normalisation), <c>conv_end</c>. The code leaves batch normalisation in training mode with one picture a batch, so every token channel is normalised by its own X
/// values; here this is done per sample, which is the same for one picture and does not depend on the batch. Running statistics are never read. Owns its parameters.
/// </remarks>
public sealed class MappingNetwork : IDisposable
{
    private const double Slope = 0.01;
    private const double Epsilon = 1e-5;
    private static readonly string[] Keys =
    [
        "conv_start.weight", "conv_start.bias", "conv_block.0.0.weight", "conv_block.0.0.bias", "conv_block.0.1.weight", "conv_block.0.1.bias", "conv_end.weight", "conv_end.bias",
    ];

    private readonly Parameter[] parameters;

    private MappingNetwork(Func<string, Tensor> values)
    {
        parameters = [.. Keys.Select(key =>
        {
            using var scope = NewDisposeScope();
            var parameter = new Parameter(values(key).detach().to_type(ScalarType.Float32).clone());
            parameter.DetachFromDisposeScope();
            return parameter;
        })];
        Check();
    }

    /// <summary>Names of the parameters, in order.</summary>
    public static IReadOnlyList<string> Names => Keys;

    /// <summary>Parameters in the order of <see cref="Names"/>; they belong to the network.</summary>
    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>N, image tokens.</summary>
    public int ImageTokens => (int)parameters[0].shape[1];

    /// <summary>Channels of the output: 2 L or L.</summary>
    public int Channels => (int)parameters[6].shape[0];

    /// <summary>Takes the parameters by name from <paramref name="values"/>, which are copied.</summary>
    /// <exception cref="DiffusionException">The shapes do not belong together.</exception>
    public static MappingNetwork From(Func<string, Tensor> values) => new(values);

    /// <summary>A fresh network.</summary>
    /// <param name="imageTokens">N.</param>
    /// <param name="textTokens">L.</param>
    /// <param name="path">Film needs 2 L output channels, direct L.</param>
    /// <param name="init">How it starts.</param>
    /// <param name="noise">Where the numbers come from.</param>
    /// <param name="device">Where it lives.</param>
    public static MappingNetwork Create(int imageTokens, int textTokens, ValuePath path, MappingInit init, INoiseSource noise, Device device)
    {
        if (init == MappingInit.Identity && path != ValuePath.Film)
        {
            throw new DiffusionException("only the film path can start as the identity: the direct path replaces the text");
        }

        long channels = path == ValuePath.Film ? 2L * textTokens : textTokens;
        return new MappingNetwork(key =>
        {
            bool first = key.StartsWith("conv_start", StringComparison.Ordinal), last = key.StartsWith("conv_end", StringComparison.Ordinal);
            bool weight = key.EndsWith(".weight", StringComparison.Ordinal);
            if (key.StartsWith("conv_block.0.1", StringComparison.Ordinal))
            {
                return weight ? ones(channels, device: device) : zeros(channels, device: device);
            }

            if (last && init == MappingInit.Identity)
            {
                return weight ? zeros(channels, channels, 1, device: device) : cat([ones(textTokens, device: device), zeros(textTokens, device: device)]);
            }

            long inputs = first ? imageTokens : channels;
            double spread = init == MappingInit.Gaussian ? weight ? 0.01 : 0 : 1 / Math.Sqrt(3.0 * inputs);
            return noise.NormalTensor($"stylediffusion/{key}", weight ? [channels, inputs, 1] : [channels], device) * spread;
        });
    }

    /// <summary>An independent copy.</summary>
    public MappingNetwork Copy() => new(key => parameters[Array.IndexOf(Keys, key)]);

    /// <summary>The output for image tokens [B, N, X]: [B, channels, X], in the current dispose scope.</summary>
    public Tensor Forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        return Stages(tokens).End.MoveToOuterDisposeScope();
    }

    /// <summary>The output with what leads to it, in the current dispose scope.</summary>
    public MappingStages Stages(Tensor tokens)
    {
        if (tokens.dim() != 3 || tokens.shape[1] != ImageTokens)
        {
            throw new DiffusionException($"image tokens are [{string.Join(", ", tokens.shape)}], the mapping network takes [B, {ImageTokens}, X]");
        }

        Tensor start = Convolve(0, tokens);                                                          // [B, C, X]
        Tensor inner = Convolve(2, start);                                                           // [B, C, X]
        Tensor centred = inner - inner.mean([2L], true);
        Tensor normal = centred / (centred.square().mean([2L], true) + Epsilon).sqrt();              // biased variance
        Tensor block = (normal * parameters[4].unsqueeze(-1) + parameters[5].unsqueeze(-1)).leaky_relu(Slope);
        return new MappingStages(start, block, Convolve(6, block));
    }

    /// <inheritdoc />
    public void Dispose() => Array.ForEach(parameters, p => p.Dispose());

    // [O, I, 1] over [B, I, X]: a 1x1 convolution is this product
    private Tensor Convolve(int index, Tensor x) => parameters[index].squeeze(-1).matmul(x) + parameters[index + 1].unsqueeze(-1);

    private void Check()
    {
        long channels = parameters[6].shape[0];
        bool fits = parameters[0].dim() == 3 && parameters[0].shape[0] == channels && parameters[0].shape[2] == 1
            && Array.TrueForAll([2, 6], i => parameters[i].shape.AsSpan().SequenceEqual([channels, channels, 1]))
            && Array.TrueForAll([1, 3, 4, 5, 7], i => parameters[i].shape.AsSpan().SequenceEqual([channels]));
        if (!fits)
        {
            string shapes = string.Join(", ", Keys.Zip(parameters, (key, p) => $"{key} [{string.Join(", ", p.shape)}]"));
            Dispose();
            throw new DiffusionException($"these are no parameters of one mapping network: {shapes}");
        }
    }
}
