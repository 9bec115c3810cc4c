using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Storage.Folder;
using Pipeline.TestKit;

namespace Pipeline.Storage.Tests;

public sealed class FolderArtefactStoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FolderArtefactStore store;

    public FolderArtefactStoreTests() => store = Open();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_blob_is_named_by_its_digest_and_comes_back()
    {
        BlobRef blob = await store.PutBlobAsync("hello"u8.ToArray(), "text/plain", default);
        Assert.Equal(new BlobRef("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", 5, "text/plain"), blob);
        Assert.True(await store.HasBlobAsync(blob, default));
        Assert.Equal("hello"u8.ToArray(), await store.ReadBlobAsync(blob, 100, default));
        Assert.Equal(blob, await store.PutBlobAsync("hello"u8.ToArray(), "text/plain", default));
        Assert.Empty(Temporary());
    }

    [Fact]
    public async Task An_empty_blob_is_a_blob()
    {
        BlobRef blob = await store.PutBlobAsync(Array.Empty<byte>(), "text/plain", default);
        Assert.Empty(await store.ReadBlobAsync(blob, 0, default));
    }

    [Fact]
    public async Task A_missing_blob_says_so()
    {
        var blob = new BlobRef(new string('0', 64), 1, "x");
        Assert.False(await store.HasBlobAsync(blob, default));
        ArtefactMissingException e = await Assert.ThrowsAsync<ArtefactMissingException>(() => store.OpenBlobAsync(blob, default));
        Assert.Equal((ErrorCodes.ArtefactMissing, FaultClass.Transient), (e.Code, e.Class));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2_999_999)]
    public async Task One_changed_bit_is_found_before_the_last_byte_is_handed_out_and_storing_again_heals(int position)
    {
        byte[] content = new byte[3_000_000];
        new Xorshift(1).Fill(content);
        BlobRef blob = await store.PutBlobAsync(content, "x", default);
        string path = BlobPath(blob);
        using (FileStream file = File.OpenWrite(path))
        {
            file.Position = position;
            file.WriteByte((byte)(content[position] ^ 1));
        }

        using Stream stream = await store.OpenBlobAsync(blob, default);
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

        await store.DiscardBlobAsync(blob, default);
        Assert.False(await store.HasBlobAsync(blob, default));
        await store.PutBlobAsync(content, "x", default);
        Assert.Equal(content, await store.ReadBlobAsync(blob, content.Length, default));
    }

    [Fact]
    public async Task A_shortened_blob_is_found_at_once_and_storing_again_heals()
    {
        BlobRef blob = await store.PutBlobAsync("hello"u8.ToArray(), "x", default);
        File.WriteAllText(BlobPath(blob), "hel");
        Assert.False(await store.HasBlobAsync(blob, default));
        await Assert.ThrowsAsync<ArtefactCorruptException>(() => store.OpenBlobAsync(blob, default));
        await store.PutBlobAsync("hello"u8.ToArray(), "x", default);
        Assert.Equal("hello"u8.ToArray(), await store.ReadBlobAsync(blob, 5, default));
    }

    [Fact]
    public async Task Reading_more_than_the_limit_is_refused()
    {
        BlobRef blob = await store.PutBlobAsync(new byte[11], "x", default);
        await Assert.ThrowsAsync<ArtefactStoreException>(() => store.ReadBlobAsync(blob, 10, default));
        await Assert.ThrowsAsync<ArtefactStoreException>(() => store.ReadBlobAsync(blob with { Size = -1 }, 10, default));
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
                    FolderArtefactStore racer = Open();
                    gate.SignalAndWait();
                    return racer.PublishManifestAsync(key, Encoding.UTF8.GetBytes($"racer {i}"), default).GetAwaiter().GetResult();
                },
                default, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            PublishedManifest winner = Assert.Single(results, r => r.Won);
            Assert.All(results, r => Assert.Equal(winner.Content, r.Content));
            Assert.Equal(winner.Content, await store.TryReadManifestAsync(key, default));
        }

        Assert.Empty(Temporary());
    }

    [Fact]
    public async Task A_withdrawn_manifest_can_be_published_again()
    {
        ManifestKey key = Program.Key(1);
        Assert.True((await store.PublishManifestAsync(key, "a"u8.ToArray(), default)).Won);
        await store.WithdrawManifestAsync(key, default);
        await store.WithdrawManifestAsync(key, default);
        Assert.Null(await store.TryReadManifestAsync(key, default));
        Assert.True((await store.PublishManifestAsync(key, "b"u8.ToArray(), default)).Won);
        Assert.Equal("b"u8.ToArray(), await store.TryReadManifestAsync(key, default));
    }

    [Fact]
    public async Task A_manifest_over_the_limit_is_refused() =>
        await Assert.ThrowsAsync<ArtefactStoreException>(() => store.PublishManifestAsync(Program.Key(1), new byte[StoreLimits.MaxManifestBytes + 1], default));

    [Fact]
    public void No_text_that_is_not_a_digest_reaches_the_file_system() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<string>(),
            text =>
            {
                bool refused = Refused(() => store.OpenBlobAsync(new BlobRef(text, 1, "x"), default))
                    && Refused(() => store.HasBlobAsync(new BlobRef("../" + text, 1, "x"), default))
                    && Refused(() => store.DiscardBlobAsync(new BlobRef($"{text}/../{text}", 1, "x"), default))
                    && Refused(() => store.TryReadManifestAsync(new ManifestKey("edit", text), default))
                    && Refused(() => store.TryReadManifestAsync(new ManifestKey("../" + text, new string('a', 64)), default));
                return refused;
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_content_comes_back_and_equal_content_has_one_name() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(),
            content =>
            {
                BlobRef blob = store.PutBlobAsync(content, "x", default).Result;
                return blob == store.PutBlobAsync(new MemoryStream([.. content]), "x", default).Result
                    && store.ReadBlobAsync(blob, content.Length, default).Result.AsSpan().SequenceEqual(content);
            }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task A_cancelled_put_leaves_nothing()
    {
        using var source = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.PutBlobAsync(new CancellingStream(source), "x", source.Token));
        Assert.Empty(Temporary());
        Assert.Empty(Directory.Exists(folder.File("blob")) ? Directory.GetFiles(folder.File("blob"), "*", SearchOption.AllDirectories) : []);
    }

    [Fact]
    public void Abandoned_temporary_files_are_removed_and_those_of_the_living_stay()
    {
        string machine = string.Concat(Environment.MachineName.Where(c => char.IsAsciiLetterOrDigit(c) || c == '-'));
        string dead = folder.File("tmp", $"{machine}.2147480000.1.1");
        string mine = folder.File("tmp", $"{machine}.{Environment.ProcessId}.1.1");
        string foreign = folder.File("tmp", "elsewhere.1.1.1");
        string old = folder.File("tmp", "elsewhere.1.1.2");
        foreach (string path in new[] { dead, mine, foreign, old })
        {
            File.WriteAllText(path, "x");
        }

        File.SetLastWriteTimeUtc(old, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        _ = Open();
        Assert.Equal([foreign, mine], Temporary().Order(StringComparer.Ordinal).OrderBy(p => p == mine));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_a_fault_of_the_environment()
    {
        string file = folder.File("file");
        File.WriteAllText(file, "");
        ArtefactStoreException e = Assert.Throws<ArtefactStoreException>(() => new FolderArtefactStore(new FolderStoreOptions { Root = Path.Combine(file, "store") }));
        Assert.NotEqual(FaultClass.Poison, e.Class);
    }

    [Fact]
    public async Task Killed_at_random_moments_nothing_acknowledged_is_lost_and_nothing_is_torn()
    {
        var random = new Xorshift(20260101);
        int next = 0;
        int acknowledged = 0;
        for (int round = 0; round < 6; round++)
        {
            using ChildProcess child = ChildProcess.Start(typeof(Program), "write", folder.Path, $"{next}");
            using var alarm = new Timer(_ => child.Kill());
            while (await child.Output.ReadLineAsync() is { } line)
            {
                if (next++ == 0 || int.Parse(line) == acknowledged)
                {
                    alarm.Change((int)(random.Next() % 60), Timeout.Infinite);
                }

                acknowledged = int.Parse(line) + 1;
            }

            next = acknowledged;
        }

        FolderArtefactStore reopened = Open();
        Assert.True(acknowledged >= 6);
        Assert.Empty(Temporary());
        for (int i = 0; i < acknowledged; i++)
        {
            byte[]? manifest = await reopened.TryReadManifestAsync(Program.Key(i), default);
            byte[] content = Program.Content(i);
            Assert.Equal(Sha256Digest.Of(content), Encoding.UTF8.GetString(manifest!));
            Assert.Equal(content, await reopened.ReadBlobAsync(new BlobRef(Sha256Digest.Of(content), content.Length, "x"), content.Length, default));
        }

        foreach (string path in Directory.GetFiles(folder.File("blob"), "*", SearchOption.AllDirectories))
        {
            Assert.Equal(Path.GetFileName(path), Sha256Digest.Of(File.ReadAllBytes(path)));
        }
    }

    private FolderArtefactStore Open() => new(new FolderStoreOptions { Root = folder.Path });

    private string[] Temporary() => Directory.GetFiles(folder.File("tmp"));

    private string BlobPath(BlobRef blob) => folder.File("blob", "sha256", blob.Sha256[..2], blob.Sha256);

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
