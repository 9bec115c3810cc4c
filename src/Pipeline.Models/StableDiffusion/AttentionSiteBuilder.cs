using Pipeline.Models.Attention;

namespace Pipeline.Models.StableDiffusion;

/// <summary>Collects the attention sites while a UNet is built; building goes in call order. Each instance stands for one module; all share one list.</summary>
/// <param name="Sites">The list.</param>
/// <param name="Name">Checkpoint name of the module.</param>
/// <param name="Place">Part of the UNet.</param>
/// <param name="Level">Number of halvings.</param>
public sealed record AttentionSiteBuilder(IList<AttentionSite> Sites, string Name, AttentionPlace Place, int Level)
{
    /// <summary>The builder of a module inside this one.</summary>
    public AttentionSiteBuilder Sub(string name) => this with { Name = $"{Name}.{name}" };

    /// <summary>Adds the site of a transformer block inside this module.</summary>
    public AttentionSite Add(string block, int heads)
    {
        AttentionSite site = new(Sites.Count, $"{Name}.{block}", Place, Level, heads);
        Sites.Add(site);
        return site;
    }
}
