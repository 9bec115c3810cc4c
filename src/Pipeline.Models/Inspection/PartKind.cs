namespace Pipeline.Models.Inspection;

/// <summary>What a folder holds.</summary>
public enum PartKind
{
    /// <summary>A diffusers pipeline: model_index.json.</summary>
    Pipeline,

    /// <summary>A network: config.json and weights.</summary>
    Network,

    /// <summary>A tokenizer.</summary>
    Tokenizer,

    /// <summary>An image processor: preprocessor_config.json.</summary>
    ImageProcessor,

    /// <summary>A noise scheduler: scheduler_config.json.</summary>
    Scheduler,

    /// <summary>A configuration that this program does not know.</summary>
    Unknown,
}
