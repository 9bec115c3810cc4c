using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Storage.Folder;
using Pipeline.Storage.S3;
using Pipeline.Storage.Tests.S3;
using Pipeline.TestKit;

namespace Pipeline.Storage.Tests;

public sealed class StoreAddressTests
{
    [Theory]
    [InlineData("s3://bucket", "bucket", "")]
    [InlineData("s3://bucket/", "bucket", "")]
    [InlineData("S3://my-bucket.x/a/b", "my-bucket.x", "a/b/")]
    [InlineData("s3://bucket/a/b/", "bucket", "a/b/")]
    public void A_bucket_address_has_bucket_and_prefix(string text, string bucket, string prefix)
    {
        StoreAddress address = StoreAddress.Parse(text);
        Assert.Equal((bucket, prefix, (string?)null), (address.Bucket, address.Prefix, address.Folder));
        Assert.Equal(address, StoreAddress.Parse(address.ToString()));
    }

    [Fact]
    public void A_folder_address_is_a_full_path()
    {
        Assert.Equal("/data/my store", StoreAddress.Parse("file:///data/my%20store").Folder);
        Assert.Equal(Path.GetFullPath("x/y"), StoreAddress.Parse("x/y").Folder);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s3://")]
    [InlineData("s3://B/x")]
    [InlineData("s3://bucket/../other")]
    [InlineData("s3://bucket//x")]
    [InlineData("s3://bucket/a\nb")]
    [InlineData("s3://../x")]
    [InlineData("https://bucket.example/x")]
    [InlineData("file://host/x")]
    public void What_is_no_address_is_refused_with_a_reason(string text)
    {
        ArtefactStoreException e = Assert.Throws<ArtefactStoreException>(() => StoreAddress.Parse(text));
        Assert.Equal(FaultClass.Environment, e.Class);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../x")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("a\u0085b")]
    [InlineData("")]
    [InlineData("a/")]
    public void Keys_that_could_leave_their_place_are_refused(string key)
    {
        Assert.NotNull(ObjectKeys.Problem(key));
        Assert.Throws<ArgumentException>(() => ObjectKeys.Require(key));
    }

    [Fact]
    public void Keys_longer_than_S3_allows_are_refused_and_not_printed_whole()
    {
        Assert.Null(ObjectKeys.Problem(new string('x', 1024)));
        Assert.NotNull(ObjectKeys.Problem(new string('ü', 513)));
        Assert.True(Assert.Throws<ArgumentException>(() => ObjectKeys.Require(new string('x', 5000))).Message.Length < 300);
    }

    [Fact]
    public void A_key_that_is_accepted_stays_below_its_folder() => Prop.ForAll(
        ArbMap.Default.ArbFor<string?>(),
        key => key is null || ObjectKeys.Problem(key) is not null || Path.GetFullPath(Path.Combine("/srv/place", key)).StartsWith("/srv/place/", StringComparison.Ordinal))
        .QuickCheckThrowOnFailure();

    [Fact]
    public async Task One_address_opens_either_kind_of_store()
    {
        using var folder = new TemporaryFolder();
        using var place = new S3Place();
        var options = new StoreOptions { S3 = new S3Access { ServiceUrl = place.Server.Endpoint, AccessKey = "test-access", SecretKey = "test-secret" } };
        Assert.IsType<FolderArtefactStore>(ArtefactStores.Open(folder.File("store")));
        foreach (string address in new[] { folder.File("store"), $"s3://{S3Place.Bucket}/some/where" })
        {
            IArtefactStore store = ArtefactStores.Open(address, options);
            BlobRef blob = await store.PutBlobAsync("hello"u8.ToArray(), "x", default);
            Assert.Equal("hello"u8.ToArray(), await store.ReadBlobAsync(blob, 5, default));
            (store as IDisposable)?.Dispose();
        }

        Assert.Equal([$"some/where/blob/sha256/2c/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"], place.Server.Storage.List(S3Place.Bucket).Select(o => o.Key));
    }

    [Fact]
    public void The_environment_gives_access_and_files_give_secrets()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("secret"), "from-file\n");
        var variables = new Dictionary<string, string>
        {
            ["MOODPIPE_S3_ENDPOINT"] = "http://127.0.0.1:9000",
            ["MOODPIPE_S3_REGION"] = "eu-central-1",
            ["MOODPIPE_S3_ACCESS_KEY"] = "key",
            ["MOODPIPE_S3_SECRET_KEY_FILE"] = folder.File("secret"),
            ["MOODPIPE_SOURCE_S3_ENDPOINT"] = "https://other.example",
        };
        S3Access access = S3Access.FromEnvironment("", variables.GetValueOrDefault);
        Assert.Equal(("http://127.0.0.1:9000/", "eu-central-1", "key", "from-file"), (access.ServiceUrl!.AbsoluteUri, access.Region, access.AccessKey, access.SecretKey));
        // Keys of one store are never sent to another.
        S3Access source = S3Access.FromEnvironment("SOURCE", variables.GetValueOrDefault);
        Assert.Equal(("https://other.example/", "eu-central-1", null, null), (source.ServiceUrl!.AbsoluteUri, source.Region, source.AccessKey, source.SecretKey));
        Assert.Equal("key", S3Access.FromEnvironment("OUTPUT", variables.GetValueOrDefault).AccessKey);
    }

    [Fact]
    public void A_secret_file_or_endpoint_that_cannot_be_used_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("empty"), "");
        foreach (string path in new[] { folder.File("none"), folder.File("empty"), "/dev/null" })
        {
            ArtefactStoreException e = Assert.Throws<ArtefactStoreException>(() => S3Access.FromFile(path, "MOODPIPE_S3_SECRET_KEY_FILE"));
            Assert.Contains("MOODPIPE_S3_SECRET_KEY_FILE", e.Message, StringComparison.Ordinal);
        }

        foreach (string url in new[] { "localhost:9000", "ftp://x", "http://user:secret@host", "http://host/path" })
        {
            ArtefactStoreException e = Assert.Throws<ArtefactStoreException>(() => S3Access.Endpoint(url, "--s3-endpoint"));
            Assert.Contains("--s3-endpoint", e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
        }
    }
}
