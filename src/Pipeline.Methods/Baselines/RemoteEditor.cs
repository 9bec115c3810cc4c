using System.Globalization;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Imaging.Resampling;
using Pipeline.Methods.Moodifier;
using Pipeline.Methods.Remote;

namespace Pipeline.Methods.Baselines;

/// <summary>
/// Any editor behind HTTP: picture, mask, prompts and seed go out as a form, a picture comes back. The protocol stands in <c>docs/methods/remote-editor.md</c>. The answer is untrusted: its bytes, pixels and size
/// are checked before it is taken.
/// </summary>
public sealed class RemoteEditor : IEditMethod, IDisposable
{
    private readonly RemoteOptions options;
    private readonly TimeProvider time;
    private readonly RemoteClient client;

    /// <summary>Checks the settings; nothing is sent yet.</summary>
    /// <param name="options">Settings.</param>
    /// <param name="access">What this worker may call.</param>
    /// <param name="time">Clock of timings and waits; the system's by default.</param>
    /// <exception cref="EditException">A setting is impossible, or the endpoint is not allowed.</exception>
    public RemoteEditor(RemoteOptions options, RemoteAccess access, TimeProvider? time = null)
    {
        options.Check();
        this.options = options;
        this.time = time ?? TimeProvider.System;
        access.Require(options.Endpoint);
        client = new RemoteClient(options.Service(access.Token), this.time);
    }

    /// <inheritdoc />
    public string Name => "remote";

    /// <inheritdoc />
    public EditResult Edit(EditRequest request, IProgress<EditProgress>? progress = null, CancellationToken cancellation = default)
    {
        request.Check();
        var clock = new EditClock(time);
        RgbImage working = clock.Measure("encode", () => AtWorkingSize(request.Image));
        byte[] picture = clock.Measure("encode", () => ImageCodec.Default.Encode(working, EncodeOptions.Png));
        var images = new EditedImage[request.Emotions.Count];
        for (int i = 0; i < images.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            EmotionEdit edit = request.Emotions[i];
            byte[]? mask = edit.Stimulus is { } map ? map.Resize(working.Width, working.Height, ResampleFilter.Bilinear).Clamp().EncodePng() : null;
            byte[] answer = clock.Measure("diffuse", () => client.Post(() => Form(request, edit, picture, mask), cancellation));
            images[i] = clock.Measure("decode", () => Finish(request, edit, working, answer));
            progress?.Report(new EditProgress(i + 1, images.Length, 0));
        }

        return new EditResult(Name, images, working.Width, working.Height, [], 0, new EditTimings(clock["encode"], clock["text"], clock["diffuse"], clock["decode"]));
    }

    /// <inheritdoc />
    public void Dispose() => client.Dispose();

    private RgbImage AtWorkingSize(RgbImage image)
    {
        double scale = Math.Min(1, (double)options.LongSide / Math.Max(image.Width, image.Height));
        int Side(int side) => Math.Max(1, (int)Math.Floor(side * scale / options.SizeMultiple + 0.5)) * options.SizeMultiple;
        return PictureCanvas.Resized(image, Side(image.Width), Side(image.Height));
    }

    private MultipartFormDataContent Form(EditRequest request, EmotionEdit edit, byte[] picture, byte[]? mask)
    {
        var form = new MultipartFormDataContent();
        void Picture(string name, byte[] png)
        {
            var part = new ByteArrayContent(png);
            part.Headers.ContentType = new("image/png");
            form.Add(part, name, name + ".png");
        }

        void Text(string name, string value) => form.Add(new StringContent(value), name);
        Picture("image", picture);
        if (mask is not null)
        {
            Picture("mask", mask);
        }

        Text("prompt", edit.TargetPrompt);
        Text("source_prompt", request.SourcePrompt);
        Text("negative_prompt", options.NegativePrompt);
        Text("emotion", edit.Emotion);
        Text("intensity", edit.Intensity.ToString("R", CultureInfo.InvariantCulture));
        Text("seed", (edit.Seed ?? request.Seed).ToString(CultureInfo.InvariantCulture));
        return form;
    }

    private EditedImage Finish(EditRequest request, EmotionEdit edit, RgbImage working, byte[] answer)
    {
        RgbImage decoded = Decode(answer, working);
        RgbImage background = options.OutputSize == OutputSize.Source ? request.Image : working;
        (RgbImage image, MaskImage mask, MaskSource source) = PictureCanvas.Finish(edit, decoded, background, options.PixelComposite);
        return new EditedImage(edit.Emotion, image, mask, source, request.SourcePrompt, edit.TargetPrompt, options.NegativePrompt, false, 1, edit.Seed ?? request.Seed);
    }

    private RgbImage Decode(byte[] answer, RgbImage working)
    {
        // The wanted size bounds what a hostile file can make the decoder do.
        var limits = new DecodeLimits { MaxBytes = options.MaxResponseBytes, MaxSide = 4 * Math.Max(working.Width, working.Height), MaxPixels = 4L * working.Width * working.Height };
        string host = new Uri(options.Endpoint).Authority;
        RgbImage image;
        try
        {
            image = ImageCodec.Default.Decode(answer, limits, $"answer of {host}");
        }
        catch (ImageFormatException e)
        {
            throw EditException.Remote(e.Message);
        }

        return image.Width == working.Width && image.Height == working.Height
            ? image
            : throw EditException.Remote($"{host}: sent {working.Width}x{working.Height} pixels and got {image.Width}x{image.Height}; the service must answer with the size it was given (sizeMultiple may help)");
    }
}
