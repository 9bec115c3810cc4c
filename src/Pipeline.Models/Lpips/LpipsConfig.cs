using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.Lpips;

/// <summary>Configuration of an LPIPS network (<c>model_type: lpips</c>): which trunk, and how wide its taps are. A format of this project: the published files carry none.</summary>
public sealed record LpipsConfig
{
    /// <summary>The version of the linear heads that is computed: v0.1 of the published ones.</summary>
    public const string Version = "0.1";

    private const int MostChannels = 65_536;

    /// <summary>The trunk.</summary>
    public required LpipsBackbone Backbone { get; init; }

    /// <summary>Channels of every tap, in order.</summary>
    public required IReadOnlyList<int> Channels { get; init; }

    /// <summary>Name of the trunk in configurations.</summary>
    public string BackboneName => NameOf(Backbone);

    /// <summary>Taps of a trunk with the channels of its published weights.</summary>
    public static IReadOnlyList<int> Published(LpipsBackbone backbone) => backbone switch
    {
        LpipsBackbone.Alex => [64, 192, 384, 256, 256],
        LpipsBackbone.Vgg16 => [64, 128, 256, 512, 512],
        _ => [64, 128, 256, 384, 384, 512, 512],
    };

    /// <summary>Name of a trunk in configurations.</summary>
    public static string NameOf(LpipsBackbone backbone) => backbone switch
    {
        LpipsBackbone.Alex => "alex",
        LpipsBackbone.Vgg16 => "vgg",
        _ => "squeeze",
    };

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="ModelFormatException">The file contradicts itself or is of another model.</exception>
    public static LpipsConfig From(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.String("model_type", "") is not "lpips" and var other)
        {
            throw ModelKinds.Unexpected(config, other, "lpips");
        }

        if (config.String("version", Version) is not Version and var version)
        {
            throw ModelKinds.Unsupported(config, "version", version);
        }

        string name = config.String("backbone");
        LpipsBackbone[] known = [.. Enum.GetValues<LpipsBackbone>().Where(b => NameOf(b) == name)];
        if (known.Length == 0)
        {
            throw ModelKinds.Unsupported(config, "backbone", name);
        }

        int[] channels = config.Ints("channels", [.. Published(known[0])]);
        ModelLimits.Require(channels.Length == Published(known[0]).Count && channels.All(c => c is > 0 and <= MostChannels), config,
            $"channels must be {Published(known[0]).Count} numbers from 1 to {MostChannels} for {name}");
        ModelLimits.Require(known[0] != LpipsBackbone.Squeeze || channels.Skip(1).All(c => c % 8 == 0), config, "channels of squeeze must be multiples of 8 after the first");
        return new LpipsConfig { Backbone = known[0], Channels = channels };
    }
}
