namespace Pipeline.Models.Lpips;

/// <summary>The trunks that LPIPS has published heads for.</summary>
public enum LpipsBackbone
{
    /// <summary>AlexNet in one tower (Krizhevsky 2014, arXiv 1404.5997), five taps: StyleDiffusion's NS-LPIPS.</summary>
    Alex,

    /// <summary>VGG-16 without batch norm (Simonyan and Zisserman 2014, arXiv 1409.1556), five taps.</summary>
    Vgg16,

    /// <summary>SqueezeNet 1.1 (Iandola et al. 2016, arXiv 1602.07360), seven taps: PIE-Bench.</summary>
    Squeeze,
}
