using FsCheck;
using FsCheck.Fluent;
using Pipeline.Storage.Objects;
using Pipeline.TestKit;

namespace Pipeline.Storage.Tests.Objects;

/// <summary>What every object space promises. Each kind runs these tests as they are.</summary>
public abstract class ObjectSpaceContract
{
    /// <summary>The space under test.</summary>
    protected abstract IObjectSpace Space { get; }

    [Fact]
    public async Task What_is_written_comes_back_and_a_second_writing_replaces_it()
    {
        await Space.PutAsync("a/b.txt", "one"u8.ToArray(), "text/plain", default);
        await Space.PutAsync("a/b.txt", "two!"u8.ToArray(), "text/plain", default);
        Assert.Equal("two!"u8.ToArray(), await Space.TryReadAsync("a/b.txt", 100, default));
        Assert.True(await Space.HasAsync("a/b.txt", 4, Contracts.Artefacts.Sha256Digest.Of("two!"u8), default));
        Assert.False(await Space.HasAsync("a/b.txt", 4, Contracts.Artefacts.Sha256Digest.Of("one"u8), default));
        Assert.Null(await Space.TryReadAsync("a/none", 100, default));
        Assert.False(await Space.HasAsync("a/none", 0, "", default));
        await Assert.ThrowsAsync<ArtefactStoreException>(() => Space.TryReadAsync("a/b.txt", 3, default));
    }

    [Fact]
    public async Task What_is_not_committed_never_appears()
    {
        IObjectWriter writer = await Space.CreateAsync("x", "x", default);
        await writer.Stream.WriteAsync("half"u8.ToArray());
        Assert.Null(await Space.TryReadAsync("x", 100, default));
        await writer.DisposeAsync();
        Assert.Null(await Space.TryReadAsync("x", 100, default));
        Assert.Empty(await KeysAsync());
    }

    [Fact]
    public async Task Content_larger_than_memory_would_like_comes_back()
    {
        byte[] content = new byte[12_000_000];
        new Xorshift(5).Fill(content);
        await Space.PutAsync("large", content, "x", default);
        Assert.Equal(content, await Space.TryReadAsync("large", content.Length, default));
    }

    [Fact]
    public async Task Deleted_objects_are_gone_and_deleting_them_again_is_no_error()
    {
        await Space.PutAsync("a", "x"u8.ToArray(), "x", default);
        await Space.PutAsync("b", "x"u8.ToArray(), "x", default);
        await Space.DeleteAsync(["a", "none"], default);
        await Space.DeleteAsync(["a"], default);
        Assert.Equal(["b"], await KeysAsync());
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/x")]
    [InlineData("a/../../x")]
    [InlineData("a\nb")]
    [InlineData("")]
    public async Task Keys_that_leave_the_place_are_refused(string key)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Space.TryOpenAsync(key, default));
        await Assert.ThrowsAsync<ArgumentException>(() => Space.CreateAsync(key, "x", default));
        await Assert.ThrowsAsync<ArgumentException>(() => Space.DeleteAsync([key], default));
        await Assert.ThrowsAsync<ArgumentException>(() => Space.HasAsync(key, 1, "", default));
    }

    [Fact]
    public async Task Keys_are_listed_in_order_and_below_a_prefix()
    {
        string[] keys = ["a-b/x", "a.png", "a/b/c.png", "a/b.png", "a/z.png", "ab.png", "b", "ü/ 1+%&=?#~.png"];
        foreach (string key in keys.Reverse())
        {
            await Space.PutAsync(key, "12345"u8.ToArray(), "x", default);
        }

        Assert.Equal(keys.Order(StringComparer.Ordinal), await KeysAsync());
        Assert.Equal(["a/b.png", "a/b/c.png", "a/z.png"], await KeysAsync("a/"));
        Assert.Equal(["a/z.png"], await KeysAsync("a/", "a/b/c.png"));
        Assert.Equal(["a/b.png", "a/b/c.png", "a/z.png"], await KeysAsync("a/", "a"));
        Assert.Empty(await KeysAsync("a/", "b"));
        Assert.Empty(await KeysAsync("none/"));
        await foreach (ObjectEntry entry in Space.ListAsync("", null, default))
        {
            Assert.Equal(5, entry.Size);
            Assert.InRange(entry.Modified, DateTimeOffset.UtcNow.AddMinutes(-10), DateTimeOffset.UtcNow.AddMinutes(10));
        }
    }

    [Fact]
    public void A_listing_that_stops_anywhere_goes_on_with_the_rest()
    {
        // Few names, so that files and folders meet: "a", "a/b", "a-a/a".
        Gen<string> part = Gen.Elements("a", "b", "a-a", "a.x", "b b");
        Gen<string[]> some = Gen.ArrayOf(Gen.Zip(Gen.Choose(1, 3), Gen.ArrayOf(part, 3)).Select(p => string.Join('/', p.Item2.Take(p.Item1)) + ".f"));
        int round = 0;
        Prop.ForAll(some.ToArbitrary(), keys =>
        {
            string below = $"round{round++}/";
            foreach (string key in keys)
            {
                Space.PutAsync(below + key, "x"u8.ToArray(), "x", default).GetAwaiter().GetResult();
            }

            string[] all = KeysAsync(below).Result;
            return all.SequenceEqual(keys.Distinct().Select(k => below + k).Order(StringComparer.Ordinal))
                && Enumerable.Range(0, all.Length).All(i => KeysAsync(below, all[i]).Result.SequenceEqual(all.Skip(i + 1)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(15));
    }

    private async Task<string[]> KeysAsync(string prefix = "", string? after = null)
    {
        var keys = new List<string>();
        await foreach (ObjectEntry entry in Space.ListAsync(prefix, after, default))
        {
            keys.Add(entry.Key);
        }

        return [.. keys];
    }
}
