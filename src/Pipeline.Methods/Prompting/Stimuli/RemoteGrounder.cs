using System.Collections.Concurrent;
using System.Security.Cryptography;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Imaging.Resampling;
using Pipeline.Methods.Remote;

namespace Pipeline.Methods.Prompting;

/// <summary>
/// A segmenter behind HTTP, as <c>docs/methods/prompting.md</c> describes it: picture and phrase out, grey mask in. Every phrase of a picture is asked for once, whatever number of emotions and stimuli name it.
/// </summary>
public sealed class RemoteGrounder : IRegionGrounder, IDisposable
{
    private const long MaxAnswer = 16L << 20;
    private static readonly RemoteNames Names = new(GrounderOptions.EndpointVariable, GrounderOptions.TimeoutVariable, null);
    private readonly GrounderOptions options;
    private readonly RemoteClient client;

    /// <param name="options">Which service.</param>
    /// <param name="time">Clock of retries; the system's by default.</param>
    /// <exception cref="EditException">The address is none, or a number is out of range.</exception>
    public RemoteGrounder(GrounderOptions options, TimeProvider? time = null)
    {
        this.options = options;
        var service = new RemoteService(options.Endpoint, options.Token, options.TimeoutSeconds, options.Attempts, options.RetryDelaySeconds, MaxAnswer, Names);
        service.Check();
        EditException.Require(options.LongSide is >= 16 and <= 8192, "longSide must lie in 16..8192 pixels");
        client = new RemoteClient(service, time ?? TimeProvider.System);
    }

    /// <inheritdoc />
    public IGroundedPicture Look(RgbImage picture) => new Grounded(this, AtMost(picture));

    /// <inheritdoc />
    public void Dispose() => client.Dispose();

    private RgbImage AtMost(RgbImage picture)
    {
        double scale = Math.Min(1, (double)options.LongSide / Math.Max(picture.Width, picture.Height));
        int Side(int side) => Math.Max(1, (int)Math.Round(side * scale));
        return PictureCanvas.Resized(picture, Side(picture.Width), Side(picture.Height));
    }

    private MaskImage? Ask(byte[] png, string digest, RgbImage picture, string phrase)
    {
        byte[] answer = client.Post(
            () =>
            {
                var image = new ByteArrayContent(png);
                image.Headers.ContentType = new("image/png");
                return new MultipartFormDataContent { { image, "image", "image.png" }, { new StringContent(phrase), "phrase" }, { new StringContent(digest), "image_id" } };
            },
            CancellationToken.None);
        if (answer.Length == 0)
        {
            return null;
        }

        // The picture's size bounds what a hostile file can make the decoder do.
        var limits = new DecodeLimits { MaxBytes = MaxAnswer, MaxSide = 4 * Math.Max(picture.Width, picture.Height), MaxPixels = 4L * picture.Width * picture.Height };
        try
        {
            var mask = MaskImage.FromImage(ImageCodec.Default.Decode(answer, limits, $"region of '{phrase}' from {new Uri(options.Endpoint).Authority}"));
            return mask.Width == picture.Width && mask.Height == picture.Height ? mask : mask.Resize(picture.Width, picture.Height, ResampleFilter.Bilinear).Clamp();
        }
        catch (ImageFormatException e)
        {
            throw EditException.Remote(e.Message);
        }
    }

    private sealed class Grounded : IGroundedPicture
    {
        private readonly RemoteGrounder owner;
        private readonly RgbImage picture;
        private readonly Lazy<(byte[] Png, string Digest)> encoded;
        private readonly ConcurrentDictionary<string, MaskImage?> found = new(StringComparer.OrdinalIgnoreCase);

        public Grounded(RemoteGrounder owner, RgbImage picture)
        {
            (this.owner, this.picture) = (owner, picture);
            encoded = new(() =>
            {
                byte[] png = ImageCodec.Default.Encode(picture, EncodeOptions.Png);
                return (png, Convert.ToHexStringLower(SHA256.HashData(png)));
            });
        }

        public MaskImage? Find(string phrase) => phrase.Length == 0 ? null : found.GetOrAdd(phrase, p => owner.Ask(encoded.Value.Png, encoded.Value.Digest, picture, p));

        public void Dispose() => found.Clear();
    }
}
