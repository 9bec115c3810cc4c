namespace Pipeline.Evaluation.Metrics;

/// <summary>Why a metric has no number, or a number to be read with care.</summary>
public enum MetricFlag
{
    /// <summary>An ordinary number.</summary>
    None,

    /// <summary>The pictures are identical in the region, so PSNR is infinite; there is no number (and never an invented 100).</summary>
    Identical,

    /// <summary>The region is empty or the picture too small for the metric; there is no number.</summary>
    Missing,

    /// <summary>The text was cut to the encoder's length before it was embedded.</summary>
    Truncated,
}
