using Microsoft.AspNetCore.Http;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;

namespace Pipeline.Methods.Tests.Prompting;

/// <summary>A region grounder as <c>docs/methods/prompting.md</c> describes it: it knows the phrases it is given, each by a rectangle in unit coordinates. Tests may answer in its place.</summary>
internal sealed class ReferenceGroundServer : IDisposable
{
    private readonly LoopbackServer server;
    private readonly IReadOnlyDictionary<string, (double Left, double Top, double Right, double Bottom)> known;
    private readonly Func<HttpContext, Task>? answer;
    private readonly List<(string Phrase, string Image)> asked = [];

    public ReferenceGroundServer(IReadOnlyDictionary<string, (double Left, double Top, double Right, double Bottom)> known, Func<HttpContext, Task>? answer = null)
    {
        (this.known, this.answer) = (known, answer);
        server = new LoopbackServer("/ground", AnswerAsync);
    }

    public string Endpoint => server.Endpoint;

    public IReadOnlyList<(string Phrase, string Image)> Asked => asked;

    public void Dispose() => server.Dispose();

    private async Task AnswerAsync(HttpContext context)
    {
        IFormCollection form = await context.Request.ReadFormAsync();
        string phrase = form["phrase"].ToString();
        lock (asked)
        {
            asked.Add((phrase, form["image_id"].ToString()));
        }

        if (answer is not null)
        {
            await answer(context);
            return;
        }

        if (!known.TryGetValue(phrase, out (double Left, double Top, double Right, double Bottom) box))
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        using var bytes = new MemoryStream();
        await form.Files["image"]!.CopyToAsync(bytes);
        RgbImage image = ImageCodec.Default.Decode(bytes.ToArray(), DecodeLimits.Default);
        MaskImage mask = new(image.Width, image.Height);
        for (int y = (int)(box.Top * image.Height); y < (int)(box.Bottom * image.Height); y++)
        {
            mask.Row(y)[(int)(box.Left * image.Width)..(int)(box.Right * image.Width)].Fill(1);
        }

        context.Response.ContentType = "image/png";
        await context.Response.Body.WriteAsync(mask.EncodePng());
    }
}
