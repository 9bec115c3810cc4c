using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.TestKit;

namespace Pipeline.Storage.Tests;

/// <summary>What every artefact store promises. Each store runs these tests as they are.</summary>
public abstract class ArtefactStoreContract
{
    /// <summary>The store under test.</summary>
    protected abstract IArtefactStore Store { get; }

    /// <summary>Another store on the same place, as another process would open it.</summary>
    protected abstract IArtefactStore Open();

    /// <summary>Damages a stored blob behind the store's back.</summary>
    protected abstract void FlipBit(BlobRef blob, long position);

    /// <summary>Replaces a stored blob by less, behind the store's back.</summary>
    protected abstract Task ShortenAsync(BlobRef blob, byte[] content);

    /// <summary>No temporary files, no unfinished uploads.</summary>
    protected abstract void AssertNothingUnfinished();

    /// <summary>Number of blobs that are stored.</summary>
    protected abstract int CountBlobs();

    [Fact]
    public async Task A_blob_is_named_by_its_digest_and_comes_back()
    {
        BlobRef blob = await Store.PutBlobAsync("hello"u8.ToArray(), "text/plain", default);
        Assert.Equal(new BlobRef("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", 5, "text/plain"), blob);
        Assert.True(await Store.HasBlobAsync(blob, default));
        Assert.Equal("hello"u8.ToArray(), await Store.ReadBlobAsync(blob, 100, default));
        Assert.Equal(blob, await Store.PutBlobAsync("hello"u8.ToArray(), "text/plain", default));
        AssertNothingUnfinished();
    }

    [Fact]
    public async Task An_empty_blob_is_a_blob()
    {
        BlobRef blob = await Store.PutBlobAsync(Array.Empty<byte>(), "text/plain", default);
        Assert.Empty(await Store.ReadBlobAsync(blob, 0, default));
    }

    [Fact]
    public async Task A_missing_blob_says_so()
    {
        var blob = new BlobRef(new string('0', 64), 1, "x");
        Assert.False(await Store.HasBlobAsync(blob, default));
        ArtefactMissingException e = await Assert.ThrowsAsync<ArtefactMissingException>(() => Store.OpenBlobAsync(blob, default));
        Assert.Equal((ErrorCodes.ArtefactMissing, FaultClass.Transient), (e.Code, e.Class));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2_999_999)]
    public async Task One_changed_bit_is_found_before_the_last_byte_is_handed_out_and_storing_again_heals(int position)
    {
        byte[] content = new byte[3_000_000];
        new Xorshift(1).Fill(content);
        BlobRef blob = await Store.PutBlobAsync(content, "x", default);
        FlipBit(blob, position);

        using Stream stream = await Store.OpenBlobAsync(blob, default);
        long handedOut = 0;
        await Assert.ThrowsAsync<ArtefactCorruptException>(async () =>
        {
            byte[] buffer = new byte[70_000];
            while (await stream.ReadAsync(buffer) is > 0 and int read)
            {
                handedOut += read;
            }
        });
        Assert.True(handedOut < content.Length);

        await Store.DiscardBlobAsync(blob, default);
        Assert.False(await Store.HasBlobAsync(blob, default));
        await Store.PutBlobAsync(content, "x", default);
        Assert.Equal(content, await Store.ReadBlobAsync(blob, content.Length, default));
    }

    [Fact]
    public async Task A_shortened_blob_is_found_at_once_and_storing_again_heals()
    {
        BlobRef blob = await Store.PutBlobAsync("hello"u8.ToArray(), "x", default);
        await ShortenAsync(blob, "hel"u8.ToArray());
        Assert.False(await Store.HasBlobAsync(blob, default));
        await Assert.ThrowsAsync<ArtefactCorruptException>(() => Store.OpenBlobAsync(blob, default));
        await Store.PutBlobAsync("hello"u8.ToArray(), "x", default);
        Assert.Equal("hello"u8.ToArray(), await Store.ReadBlobAsync(blob, 5, default));
    }

    [Fact]
    public async Task Reading_more_than_the_limit_is_refused()
    {
        BlobRef blob = await Store.PutBlobAsync(new byte[11], "x", default);
        await Assert.ThrowsAsync<ArtefactStoreException>(() => Store.ReadBlobAsync(blob, 10, default));
        await Assert.ThrowsAsync<ArtefactStoreException>(() => Store.ReadBlobAsync(blob with { Size = -1 }, 10, default));
    }

    [Fact]
    public async Task Of_sixteen_racers_exactly_one_publishes_and_all_see_its_manifest()
    {
        for (int round = 0; round < 10; round++)
        {
            ManifestKey key = Program.Key(round);
            using var gate = new Barrier(16);
            PublishedManifest[] results = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Factory.StartNew(
                () =>
                {
                    IArtefactStore racer = Open();
                    gate.SignalAndWait();
                    return racer.PublishManifestAsync(key, Encoding.UTF8.GetBytes($"racer {i}"), default).GetAwaiter().GetResult();
                },
                default, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            PublishedManifest winner = Assert.Single(results, r => r.Won);
            Assert.All(results, r => Assert.Equal(winner.Content, r.Content));
            Assert.Equal(winner.Content, await Store.TryReadManifestAsync(key, default));
        }

        AssertNothingUnfinished();
    }

    [Fact]
    public async Task A_withdrawn_manifest_can_be_published_again()
    {
        ManifestKey key = Program.Key(1);
        Assert.True((await Store.PublishManifestAsync(key, "a"u8.ToArray(), default)).Won);
        await Store.WithdrawManifestAsync(key, default);
        await Store.WithdrawManifestAsync(key, default);
        Assert.Null(await Store.TryReadManifestAsync(key, default));
        Assert.True((await Store.PublishManifestAsync(key, "b"u8.ToArray(), default)).Won);
        Assert.Equal("b"u8.ToArray(), await Store.TryReadManifestAsync(key, default));
    }

    [Fact]
    public async Task A_manifest_over_the_limit_is_refused() =>
        await Assert.ThrowsAsync<ArtefactStoreException>(() => Store.PublishManifestAsync(Program.Key(1), new byte[StoreLimits.MaxManifestBytes + 1], default));

    [Fact]
    public void No_text_that_is_not_a_digest_reaches_the_store() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<string>(),
            text =>
            {
                bool refused = Refused(() => Store.OpenBlobAsync(new BlobRef(text, 1, "x"), default))
                    && Refused(() => Store.HasBlobAsync(new BlobRef("../" + text, 1, "x"), default))
                    && Refused(() => Store.DiscardBlobAsync(new BlobRef($"{text}/../{text}", 1, "x"), default))
                    && Refused(() => Store.TryReadManifestAsync(new ManifestKey("edit", text), default))
                    && Refused(() => Store.TryReadManifestAsync(new ManifestKey("../" + text, new string('a', 64)), default));
                return refused;
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_content_comes_back_and_equal_content_has_one_name() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(),
            content =>
            {
                BlobRef blob = Store.PutBlobAsync(content, "x", default).Result;
                return blob == Store.PutBlobAsync(new MemoryStream([.. content]), "x", default).Result
                    && Store.ReadBlobAsync(blob, content.Length, default).Result.AsSpan().SequenceEqual(content);
            }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task A_cancelled_put_leaves_nothing()
    {
        using var source = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PutBlobAsync(new CancellingStream(source), "x", source.Token));
        AssertNothingUnfinished();
        Assert.Equal(0, CountBlobs());
    }

    private static bool Refused(Func<Task> action)
    {
        try
        {
            action().GetAwaiter().GetResult();
            return false;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }

    private sealed class CancellingStream(CancellationTokenSource source) : MemoryStream(new byte[1000])
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position > 0)
            {
                source.Cancel();
                cancellationToken.ThrowIfCancellationRequested();
            }

            return base.ReadAsync(buffer[..Math.Min(10, buffer.Length)], cancellationToken);
        }
    }
}
