using Pipeline.Contracts.Errors;
using Pipeline.Stages.Sources;
using Pipeline.Storage;
using Pipeline.Storage.Objects;
using Pipeline.Storage.S3;
using Pipeline.TestKit;
using Pipeline.TestS3;

namespace Pipeline.Stages.Tests.Sources;

public sealed class SourceReaderTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private S3Server server = null!;

    public async Task InitializeAsync()
    {
        server = await S3Server.StartAsync(new S3ServerOptions { Root = folder.File("server"), FlushToDisk = false, AccessKey = "source-key", SecretKey = "source-secret" });
        server.Storage.CreateBucket("pictures");
    }

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Sources_come_from_a_bucket_with_its_own_credentials()
    {
        using IObjectSpace bucket = ObjectSpaces.Open("s3://pictures/2026", Store());
        await bucket.PutAsync("a b/ü.png", "picture"u8.ToArray(), "image/png", default);
        using var reader = new SourceReader(new SourceOptions { Store = Store() });
        Assert.Equal("picture", await ReadAsync(reader, "s3://pictures/2026/a b/ü.png"));
    }

    [Theory]
    [InlineData("s3://pictures/none.png", ErrorCodes.SourceMissing)]
    [InlineData("s3://pictures/../other/x.png", ErrorCodes.SourceUnreadable)]
    [InlineData("s3://pictures//x.png", ErrorCodes.SourceUnreadable)]
    [InlineData("s3://pictures", ErrorCodes.SourceUnreadable)]
    [InlineData("s3://pictures/", ErrorCodes.SourceUnreadable)]
    [InlineData("s3://pictures/a\nb.png", ErrorCodes.SourceUnreadable)]
    [InlineData("s3:///x.png", ErrorCodes.SourceUnreadable)]
    [InlineData("s3://secrets/x.png", ErrorCodes.SourceUnreadable)]
    [InlineData("https://example.org/x.png", ErrorCodes.SourceUnreadable)]
    [InlineData("relative.png", ErrorCodes.SourceUnreadable)]
    [InlineData("/none/x.png", ErrorCodes.SourceMissing)]
    [InlineData("file://host/x.png", ErrorCodes.SourceUnreadable)]
    public async Task An_address_that_cannot_be_used_ends_the_item_with_a_reason(string uri, string code)
    {
        using var reader = new SourceReader(new SourceOptions { Store = Store(), Buckets = ["pictures", "others"], Roots = [folder.Path, "/none"] });
        SourceException e = await Assert.ThrowsAsync<SourceException>(() => reader.OpenAsync(uri, default));
        Assert.Equal((code, FaultClass.Poison), (e.Code, e.Class));
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public async Task A_bucket_that_does_not_exist_is_the_items_fault_and_wrong_keys_are_the_workers()
    {
        using var reader = new SourceReader(new SourceOptions { Store = Store() });
        Assert.Equal(ErrorCodes.SourceUnreadable, (await Assert.ThrowsAsync<SourceException>(() => reader.OpenAsync("s3://foreign-bucket/x.png", default))).Code);
        using var forger = new SourceReader(new SourceOptions { Store = Store("wrong") });
        ArtefactStoreException e = await Assert.ThrowsAsync<ArtefactStoreException>(() => forger.OpenAsync("s3://pictures/x.png", default));
        Assert.Equal(FaultClass.Environment, e.Class);
    }

    [Fact]
    public async Task Files_are_read_below_the_permitted_folders_only_wherever_links_lead()
    {
        Directory.CreateDirectory(folder.File("allowed/sub"));
        Directory.CreateDirectory(folder.File("allowed-not"));
        File.WriteAllText(folder.File("allowed/sub/a.png"), "fine");
        File.WriteAllText(folder.File("allowed-not/b.png"), "secret");
        File.CreateSymbolicLink(folder.File("allowed/out.png"), folder.File("allowed-not/b.png"));
        Directory.CreateSymbolicLink(folder.File("allowed/door"), folder.File("allowed-not"));
        Directory.CreateSymbolicLink(folder.File("allowed/in"), folder.File("allowed/sub"));
        File.CreateSymbolicLink(folder.File("allowed/circle"), folder.File("allowed/circle"));
        using var reader = new SourceReader(new SourceOptions { BaseFolder = folder.File("allowed"), Roots = [folder.File("allowed")] });
        foreach (string path in new[] { "sub/a.png", "in/a.png", folder.File("allowed/sub/a.png"), $"file://{folder.File("allowed/sub/a.png")}" })
        {
            Assert.Equal("fine", await ReadAsync(reader, path));
        }

        foreach (string path in new[] { "../allowed-not/b.png", "out.png", "door/b.png", folder.File("allowed-not/b.png"), "sub/../../allowed-not/b.png", "circle", "/etc/passwd", "sub" })
        {
            SourceException e = await Assert.ThrowsAsync<SourceException>(() => reader.OpenAsync(path, default));
            Assert.Equal(ErrorCodes.SourceUnreadable, e.Code);
        }
    }

    [Fact]
    public async Task A_listing_names_pictures_of_folders_and_buckets_and_goes_on_after_its_token()
    {
        string[] keys = ["b/2.JPG", "a/1.png", "a/note.txt", "c.webp", $"long/{new string('x', 230)}.png"];
        using IObjectSpace bucket = ObjectSpaces.Open("s3://pictures/in", Store());
        using IObjectSpace place = ObjectSpaces.Open(folder.File("in"));
        foreach (string key in keys)
        {
            await bucket.PutAsync(key, "x"u8.ToArray(), "x", default);
            await place.PutAsync(key, key == "c.webp" ? [] : "x"u8.ToArray(), "x", default);
        }

        foreach (IObjectSpace space in new[] { bucket, place })
        {
            ListedSource[] all = await AllAsync(space, null);
            Assert.Equal(["a/1.png", "b/2.JPG", "c.webp"], all[..3].Select(s => s.Id));
            Assert.Equal(200, all[3].Id.Length);
            Assert.Equal(all[2..], await AllAsync(space, all[1].Token));
            using var reader = new SourceReader(new SourceOptions { Store = Store() });
            Assert.Equal("x", await ReadAsync(reader, all[0].Uri));
        }

        Assert.NotNull((await AllAsync(place, null))[2].Problem);
    }

    private static async Task<ListedSource[]> AllAsync(IObjectSpace space, string? after)
    {
        var found = new List<ListedSource>();
        await foreach (ListedSource source in SourceListing.ListAsync(space, after, default))
        {
            found.Add(source);
        }

        return [.. found];
    }

    private StoreOptions Store(string secret = "source-secret") => new()
    {
        S3 = new S3Access { ServiceUrl = server.Endpoint, AccessKey = "source-key", SecretKey = secret }, RetryFor = TimeSpan.FromSeconds(20),
    };

    private static async Task<string> ReadAsync(SourceReader reader, string uri)
    {
        await using Stream stream = await reader.OpenAsync(uri, default);
        return await new StreamReader(stream).ReadToEndAsync();
    }
}
