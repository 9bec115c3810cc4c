using Pipeline.Imaging;
using Pipeline.Methods.Prompting;
using Pipeline.Stages.Captioning;
using Pipeline.Stages.Editing;
using static TorchSharp.torch;

namespace Pipeline.Stages.Modelling;

/// <summary>Where the models are and how the stages use them.</summary>
public sealed record StageCatalogOptions
{
    /// <summary>Folder with the model folders.</summary>
    public required string Models { get; init; }

    /// <summary>Device of all models; default CPU.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>File that remembers digests of models; null reads every model file once a run.</summary>
    public string? DigestCache { get; init; }

    /// <summary>What a picture may cost.</summary>
    public DecodeLimits Limits { get; init; } = DecodeLimits.Default;

    /// <summary>How the multimodal model is asked.</summary>
    public PrompterOptions Prompter { get; init; } = new();

    /// <summary>How stimulus maps are built.</summary>
    public StimulusMapOptions Maps { get; init; } = new();

    /// <summary>A segmenter that finds what stimuli name; null builds maps from boxes and attention alone. Default: the one that the environment names, if any.</summary>
    public GrounderOptions? Grounder { get; init; } = GrounderOptions.FromEnvironment();

    /// <summary>How prompts are put together; the token budget is the text encoder's.</summary>
    public PromptOptions Assembling { get; init; } = new();

    /// <summary>Longest side of a stimulus map, pixels; default 768.</summary>
    public int MapLongSide { get; init; } = 768;

    /// <summary>How captions are written.</summary>
    public CaptionStageOptions Captions { get; init; } = new();

    /// <summary>Editing methods.</summary>
    public EditMethods Methods { get; init; } = EditMethods.BuiltIn;
}
