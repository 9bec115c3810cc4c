using Amazon.S3.Model;
using Pipeline.Contracts.Artefacts;

namespace Pipeline.Storage.Tests.S3;

public sealed class S3ArtefactStoreTests : ArtefactStoreContract, IDisposable
{
    private readonly S3Place place = new();

    public S3ArtefactStoreTests() => Store = Open();

    protected override IArtefactStore Store { get; }

    public void Dispose() => place.Dispose();

    protected override IArtefactStore Open() => place.Open();

    protected override void FlipBit(BlobRef blob, long position)
    {
        using FileStream file = File.Open(place.Server.Storage.FileOf(S3Place.Bucket, Key(blob)), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = position;
        int value = file.ReadByte();
        file.Position = position;
        file.WriteByte((byte)(value ^ 1));
    }

    protected override Task ShortenAsync(BlobRef blob, byte[] content) =>
        place.Client().PutObjectAsync(new PutObjectRequest { BucketName = S3Place.Bucket, Key = Key(blob), InputStream = new MemoryStream(content) });

    protected override void AssertNothingUnfinished()
    {
        Assert.Empty(place.Spooled());
        Assert.Equal(0, place.Server.Storage.UnfinishedUploads(S3Place.Bucket));
    }

    protected override int CountBlobs() => place.Server.Storage.List(S3Place.Bucket).Count(o => o.Key.StartsWith("run/blob/", StringComparison.Ordinal));

    private static string Key(BlobRef blob) => $"run/blob/sha256/{blob.Sha256[..2]}/{blob.Sha256}";
}
