using Pipeline.Storage.Folder;
using Pipeline.Storage.Objects;
using Pipeline.TestKit;

namespace Pipeline.Storage.Tests.Objects;

public sealed class FolderObjectSpaceTests : ObjectSpaceContract, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public FolderObjectSpaceTests() => Space = ObjectSpaces.Open(folder.File("space"), new StoreOptions { FlushToDisk = false });

    protected override IObjectSpace Space { get; }

    public void Dispose()
    {
        Space.Dispose();
        Assert.False(Directory.Exists(folder.File("space/.incoming")));
        folder.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void More_names_than_fit_at_once_come_in_the_same_order(int namesAtOnce)
    {
        string[] keys = [.. Enumerable.Range(0, 40).Select(i => (i % 5) switch { 0 => $"d{i % 3}/f{i}", 1 => $"d{i % 3}/e/f{i}", 2 => $"d{i % 3}-f{i}", _ => $"f{i}" })];
        foreach (string key in keys)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File("many/" + key))!);
            File.WriteAllText(folder.File("many/" + key), "x");
        }

        string[] sorted = [.. keys.Order(StringComparer.Ordinal)];
        Assert.Equal(sorted, new OrderedFolder(namesAtOnce).Walk(folder.File("many"), "", null).Select(e => e.Key));
        for (int i = 0; i < sorted.Length; i++)
        {
            Assert.Equal(sorted.Skip(i + 1), new OrderedFolder(namesAtOnce).Walk(folder.File("many"), "", sorted[i]).Select(e => e.Key));
        }
    }

    [Fact]
    public void Links_to_folders_are_not_followed_and_hidden_names_are_left_out()
    {
        Directory.CreateDirectory(folder.File("tree/sub"));
        File.WriteAllText(folder.File("tree/sub/file"), "content");
        File.WriteAllText(folder.File("tree/.hidden"), "x");
        Directory.CreateSymbolicLink(folder.File("tree/sub/circle"), folder.File("tree"));
        File.CreateSymbolicLink(folder.File("tree/link"), folder.File("tree/sub/file"));
        File.CreateSymbolicLink(folder.File("tree/dangling"), folder.File("tree/none"));
        ObjectEntry[] found = [.. new OrderedFolder(100).Walk(folder.File("tree"), "", null)];
        Assert.Equal(["dangling", "link", "sub/file"], found.Select(e => e.Key));
        Assert.Equal([0L, 7L, 7L], found.Select(e => e.Size));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_named()
    {
        File.WriteAllText(folder.File("file"), "x");
        using IObjectSpace space = ObjectSpaces.Open(folder.File("file"));
        ArtefactStoreException e = await Assert.ThrowsAnyAsync<ArtefactStoreException>(() => space.CreateAsync("x", "x", default));
        Assert.Contains(folder.File("file"), e.Message, StringComparison.Ordinal);
    }
}
