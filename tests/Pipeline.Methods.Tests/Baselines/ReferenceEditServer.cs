using Microsoft.AspNetCore.Http;
using Pipeline.Imaging;

namespace Pipeline.Methods.Tests.Baselines;

/// <summary>
/// A remote editor as <c>docs/methods/remote-editor.md</c> describes it, on a free loopback port: its edit inverts the colours where the mask is white. Tests may answer in its place, well or badly.
/// </summary>
internal sealed class ReferenceEditServer : IDisposable
{
    private readonly LoopbackServer server;
    private readonly Func<HttpContext, int, Task>? answer;
    private readonly List<Received> received = [];
    private int calls;

    /// <param name="answer">Answers instead of the server; gets the number of the call, from 1.</param>
    public ReferenceEditServer(Func<HttpContext, int, Task>? answer = null)
    {
        this.answer = answer;
        server = new LoopbackServer("/edit", AnswerAsync);
    }

    public Uri Address => server.Address;

    public string Endpoint => server.Endpoint;

    public int Calls => Volatile.Read(ref calls);

    public IReadOnlyList<Received> Requests => received;

    /// <summary>Colours inverted where the mask is white, or everywhere without one.</summary>
    public static RgbImage Inverted(RgbImage image, byte[]? mask)
    {
        RgbImage? where = mask is null ? null : ImageCodec.Default.Decode(mask, DecodeLimits.Default);
        return new RgbImage(image.Width, image.Height, [.. image.Pixels.Select((value, i) => where is null || where.Pixels[i] > 127 ? (byte)(255 - value) : value)]);
    }

    public void Dispose() => server.Dispose();

    private async Task AnswerAsync(HttpContext context)
    {
        int call = Interlocked.Increment(ref calls);
        IFormCollection form = await context.Request.ReadFormAsync();
        var request = new Received(
            await BytesAsync(form.Files["image"]) ?? [], await BytesAsync(form.Files["mask"]), form.ToDictionary(f => f.Key, f => f.Value.ToString()), context.Request.Headers.Authorization.ToString());
        lock (received)
        {
            received.Add(request);
        }

        if (answer is not null)
        {
            await answer(context, call);
            return;
        }

        RgbImage image = ImageCodec.Default.Decode(request.Image, DecodeLimits.Default);
        context.Response.ContentType = "image/png";
        await context.Response.Body.WriteAsync(ImageCodec.Default.Encode(Inverted(image, request.Mask), EncodeOptions.Png));
    }

    private static async Task<byte[]?> BytesAsync(IFormFile? file)
    {
        if (file is null)
        {
            return null;
        }

        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    /// <summary>What a call brought.</summary>
    public sealed record Received(byte[] Image, byte[]? Mask, IReadOnlyDictionary<string, string> Fields, string Authorization);
}
