using Microsoft.AspNetCore.Http;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Methods.Baselines;

namespace Pipeline.Methods.Tests.Baselines;

/// <summary>The remote editor against the reference server, and against servers that are slow, broken or hostile.</summary>
public sealed class RemoteEditorTests
{
    private static readonly RgbImage Picture = new(40, 24, [.. Enumerable.Range(0, 40 * 24 * 3).Select(i => (byte)(i * 5))]);

    [Fact]
    public void Picture_mask_prompts_and_seed_go_out_and_the_edited_picture_comes_back()
    {
        using var server = new ReferenceEditServer();
        var mask = new MaskImage(40, 24, [.. Enumerable.Range(0, 40 * 24).Select(i => i % 40 < 20 ? 1f : 0f)]);
        EditResult result = Edit(server, null, new EmotionEdit("joy", "a bright house", mask, 0.5, 77), new EmotionEdit("fear", "a dark house", null));
        Assert.Equal(ReferenceEditServer.Inverted(Picture, mask.EncodePng()).Pixels, result.Images[0].Image.Pixels);
        Assert.Equal(ReferenceEditServer.Inverted(Picture, null).Pixels, result.Images[1].Image.Pixels);
        ReferenceEditServer.Received first = server.Requests[0], second = server.Requests[1];
        Assert.Equal(Picture.Pixels, ImageCodec.Default.Decode(first.Image, DecodeLimits.Default).Pixels);
        Assert.Equal(("a bright house", "a house", "77", "0.5", "joy", "blurry"),
            (first.Fields["prompt"], first.Fields["source_prompt"], first.Fields["seed"], first.Fields["intensity"], first.Fields["emotion"], first.Fields["negative_prompt"]));
        Assert.Null(second.Mask);
        Assert.Equal("9", second.Fields["seed"]);
    }

    [Fact]
    public void A_large_picture_is_scaled_down_and_the_answer_back_up_where_that_is_asked_for()
    {
        using var server = new ReferenceEditServer();
        EditResult result = Edit(server, o => o with { LongSide = 16, OutputSize = Pipeline.Methods.Moodifier.OutputSize.Source }, new EmotionEdit("joy", "x", null));
        Assert.Equal((16, 8), (result.Width, result.Height));
        Assert.Equal((40, 24), (result.Images[0].Image.Width, result.Images[0].Image.Height));
    }

    [Fact]
    public void The_token_goes_along()
    {
        using var server = new ReferenceEditServer();
        using var editor = new RemoteEditor(Options(server), new RemoteAccess([server.Address], "secret"));
        editor.Edit(Request(new EmotionEdit("joy", "x", null)));
        Assert.Equal("Bearer secret", server.Requests[0].Authorization);
    }

    [Fact]
    public void Passing_failures_are_tried_again()
    {
        using var server = new ReferenceEditServer((context, call) => call switch
        {
            1 => Status(context, 503, "starting"),
            2 => Status(context, 429, "busy"),
            3 => Abort(context),
            _ => Png(context, Picture),
        });
        Assert.Equal(Picture.Pixels, Edit(server, null, new EmotionEdit("joy", "x", null)).Images[0].Image.Pixels);
        Assert.Equal(4, server.Calls);
    }

    [Fact]
    public void A_service_that_stays_broken_is_a_passing_fault_of_the_edit_after_the_last_attempt()
    {
        using var server = new ReferenceEditServer((context, _) => Status(context, 500, "out of\nmemory"));
        IOException error = Assert.ThrowsAny<IOException>(() => Edit(server, o => o with { Attempts = 3 }, new EmotionEdit("joy", "x", null)));
        Assert.Contains("500 out of memory", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, server.Calls);
    }

    [Fact]
    public void A_refusal_is_final_and_says_what_the_service_said()
    {
        using var server = new ReferenceEditServer((context, _) => Status(context, 422, "prompt \u001b[31mtoo long " + new string('x', 5000)));
        EditException error = Refused(server);
        Assert.Contains("422 prompt  [31mtoo long", error.Message, StringComparison.Ordinal);
        Assert.True(error.Message.Length < 500);
        Assert.Equal(1, server.Calls);
    }

    [Fact]
    public void Redirects_are_not_followed()
    {
        using var server = new ReferenceEditServer((context, _) =>
        {
            context.Response.Headers.Location = "/edit";
            return Status(context, 307, "");
        });
        Assert.Contains("redirects are not followed", Refused(server).Message, StringComparison.Ordinal);
        Assert.Equal(1, server.Calls);
    }

    [Fact]
    public void An_answer_of_another_size_is_refused()
    {
        using var server = new ReferenceEditServer((context, _) => Png(context, new RgbImage(24, 40)));
        Assert.Contains("sent 40x24 pixels and got 24x40", Refused(server).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_far_larger_than_what_was_sent_is_refused_before_it_is_decoded()
    {
        using var server = new ReferenceEditServer((context, _) => Png(context, new RgbImage(2000, 1)));
        Assert.Contains("2000x1 pixels, the longest side allowed is 160", Refused(server).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>all is well</html>")]
    [InlineData("\u0089PNG\r\n\u001a\n but no more")]
    public void An_answer_that_is_no_picture_is_refused(string body)
    {
        using var server = new ReferenceEditServer((context, _) => context.Response.Body.WriteAsync(System.Text.Encoding.Latin1.GetBytes(body)).AsTask());
        Assert.Equal("PIPE3103", Refused(server).Code);
    }

    [Fact]
    public void A_silent_service_is_given_up_when_the_time_is_over()
    {
        using var server = new ReferenceEditServer((context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted));
        IOException error = Assert.ThrowsAny<IOException>(() => Edit(server, o => o with { TimeoutSeconds = 0.5, Attempts = 1 }, new EmotionEdit("joy", "x", null)));
        Assert.Contains("no complete answer within 0.5 s; raise timeoutSeconds if", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void So_is_one_that_stops_in_the_middle_of_its_answer()
    {
        using var server = new ReferenceEditServer(async (context, _) =>
        {
            await context.Response.Body.WriteAsync(new byte[100]);
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        IOException error = Assert.ThrowsAny<IOException>(() => Edit(server, o => o with { TimeoutSeconds = 0.5, Attempts = 1 }, new EmotionEdit("joy", "x", null)));
        Assert.Contains("no complete answer", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_oversized_answer_is_cut_off_whether_it_states_its_length_or_not(bool stated)
    {
        using var server = new ReferenceEditServer(async (context, _) =>
        {
            context.Response.ContentLength = stated ? 1L << 40 : null;
            byte[] block = new byte[1 << 16];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
            }
        });
        EditException error = Assert.Throws<EditException>(() => Edit(server, o => o with { MaxResponseBytes = 300_000 }, new EmotionEdit("joy", "x", null)));
        Assert.Contains("larger than the limit of 300,000 bytes", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, server.Calls);
    }

    [Fact]
    public void Nobody_at_the_address_is_a_passing_fault()
    {
        Uri address;
        using (var server = new ReferenceEditServer())
        {
            address = server.Address;
        }

        using var editor = new RemoteEditor(new RemoteOptions { Endpoint = new Uri(address, "/edit").ToString(), Attempts = 2, RetryDelaySeconds = 0 }, new RemoteAccess([address], null));
        Assert.ThrowsAny<IOException>(() => editor.Edit(Request(new EmotionEdit("joy", "x", null))));
    }

    [Fact]
    public void Cancelling_ends_the_wait()
    {
        using var cancel = new CancellationTokenSource();
        using var server = new ReferenceEditServer((context, _) =>
        {
            cancel.Cancel();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using var editor = new RemoteEditor(Options(server), new RemoteAccess([server.Address], null));
        Assert.ThrowsAny<OperationCanceledException>(() => editor.Edit(Request(new EmotionEdit("joy", "x", null)), null, cancel.Token));
    }

    [Theory]
    [InlineData("http://edit.example:8080/v1", "http://edit.example:8080/v1/edit", true)]
    [InlineData("http://edit.example:8080/v1", "http://edit.example:8080/v1", true)]
    [InlineData("http://edit.example:8080/v1", "http://edit.example:8080/v10", false)]
    [InlineData("http://edit.example:8080/v1", "http://edit.example:8080/v1/../admin", false)]
    [InlineData("http://edit.example:8080/v1", "https://edit.example:8080/v1", false)]
    [InlineData("http://edit.example:8080", "http://edit.example:8081/", false)]
    [InlineData("http://edit.example", "http://edit.example.evil.example/", false)]
    [InlineData(null, "http://127.0.0.1/edit", false)]
    public void Only_what_the_operator_allows_is_called(string? allowed, string endpoint, bool expected)
    {
        var access = new RemoteAccess(allowed is null ? [] : [new Uri(allowed)], null);
        Assert.Equal(expected, Record.Exception(() => access.Require(endpoint)) is null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("edit.example")]
    [InlineData("ftp://edit.example/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://user:secret@edit.example/")]
    public void An_endpoint_that_is_none_is_refused(string endpoint) =>
        Assert.Equal("PIPE3101", Assert.Throws<EditException>(() => new RemoteOptions { Endpoint = endpoint }.Check()).Code);

    private static EditException Refused(ReferenceEditServer server)
    {
        EditException error = Assert.Throws<EditException>(() => Edit(server, null, new EmotionEdit("joy", "x", null)));
        Assert.Equal("PIPE3103", error.Code);
        return error;
    }

    private static EditResult Edit(ReferenceEditServer server, Func<RemoteOptions, RemoteOptions>? change, params EmotionEdit[] edits)
    {
        RemoteOptions options = Options(server);
        using var editor = new RemoteEditor(change?.Invoke(options) ?? options, new RemoteAccess([server.Address], null));
        return editor.Edit(Request(edits));
    }

    private static RemoteOptions Options(ReferenceEditServer server) => new() { Endpoint = server.Endpoint, RetryDelaySeconds = 0, NegativePrompt = "blurry" };

    private static EditRequest Request(params EmotionEdit[] edits) => new(Picture, "digest", "a house", edits, 9);

    private static Task Status(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(text);
    }

    private static Task Abort(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    private static Task Png(HttpContext context, RgbImage image) => context.Response.Body.WriteAsync(ImageCodec.Default.Encode(image, EncodeOptions.Png)).AsTask();
}
