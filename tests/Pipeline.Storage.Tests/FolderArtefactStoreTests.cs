using System.Text;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Storage.Folder;
using Pipeline.TestKit;

namespace Pipeline.Storage.Tests;

public sealed class FolderArtefactStoreTests : ArtefactStoreContract, IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FolderArtefactStore store;

    public FolderArtefactStoreTests() => store = Open();

    public void Dispose() => folder.Dispose();

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

    protected override IArtefactStore Store => store;

    protected override FolderArtefactStore Open() => new(new FolderStoreOptions { Root = folder.Path });

    protected override void FlipBit(BlobRef blob, long position)
    {
        using FileStream file = File.Open(BlobPath(blob), FileMode.Open);
        file.Position = position;
        int value = file.ReadByte();
        file.Position = position;
        file.WriteByte((byte)(value ^ 1));
    }

    protected override Task ShortenAsync(BlobRef blob, byte[] content) => File.WriteAllBytesAsync(BlobPath(blob), content);

    protected override void AssertNothingUnfinished() => Assert.Empty(Temporary());

    protected override int CountBlobs() =>
        Directory.Exists(folder.File("blob")) ? Directory.GetFiles(folder.File("blob"), "*", SearchOption.AllDirectories).Length : 0;

    private string[] Temporary() => Directory.GetFiles(folder.File("tmp"));

    private string BlobPath(BlobRef blob) => folder.File("blob", "sha256", blob.Sha256[..2], blob.Sha256);
}
