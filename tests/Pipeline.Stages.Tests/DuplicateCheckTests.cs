using System.Text;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;
using Pipeline.Ledger;
using Pipeline.Ledger.Sqlite;
using Pipeline.Contracts.Topology;
using Pipeline.Stages.Dispatching;
using Pipeline.TestKit;

namespace Pipeline.Stages.Tests;

public sealed class DuplicateCheckTests
{
    [Theory]
    [InlineData(1000)]
    [InlineData(7)]
    [InlineData(1)]
    public void What_is_asked_for_again_is_found_whether_or_not_it_fits_into_memory(int mostHeld)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(3);
        int[] edits = [.. Enumerable.Range(0, 200).Select(_ => random.Next(150))];
        using (var check = new DuplicateCheck(mostHeld, folder.Path))
        {
            for (int line = 0; line < edits.Length; line++)
            {
                check.Add((UInt128)edits[line] << 90, line);
            }

            var expected = new List<(UInt128, int, int)>();
            var firsts = new Dictionary<int, int>();
            for (int line = 0; line < edits.Length; line++)
            {
                if (!firsts.TryAdd(edits[line], line))
                {
                    expected.Add(((UInt128)edits[line] << 90, line, firsts[edits[line]]));
                }
            }

            Assert.NotEmpty(expected);
            Assert.Equal(expected.OrderBy(d => d.Item2), check.Find().OrderBy(d => d.Line));
            Assert.Equal(mostHeld == 1000 ? 0 : (200 + mostHeld - 1) / mostHeld + (200 % mostHeld == 0 ? 1 : 0), check.Files);
        }

        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(2)]
    public async Task A_manifest_with_duplicates_is_refused_or_runs_without_them_as_when_all_fits_into_memory(int mostHeld)
    {
        string[] lines =
        [
            Line("a", "\"joy\",\"fear\""), Line("b", "\"joy\""), Line("a", "\"anger\""), "no json", Line("b", "\"fear\",\"joyful\""), Line("c", "\"joy\",\"joy\""), Line("d", "\"joy\""), Line("b", "\"fear\""),
        ];
        JobManifest manifest = Manifest(string.Join("\n", lines));
        var known = new List<ManifestError>();
        var good = new List<string>();
        await foreach (ManifestLine line in JobManifestReader.ReadAsync(await manifest.OpenAsync(default), manifest.Reading))
        {
            known.AddRange(line.Errors);
            good.AddRange(line.Value is null ? [] : [line.Value.Id]);
        }

        ManifestException refused = await Assert.ThrowsAsync<ManifestException>(() => new ManifestImport(manifest, mostHeld).CheckAsync(default));
        Assert.Equal(known.Select(e => e.ToString()), refused.Errors.Select(e => e.ToString()));
        Assert.Equal(3, known.Count(e => e.Code == ErrorCodes.ManifestDuplicate));

        JobManifest skipping = manifest with { SkipBadLines = true };
        using var folder = new TemporaryFolder();
        await using var ledger = new SqliteLedger(new SqliteLedgerOptions { Path = folder.File("ledger.db"), FlushToDisk = false });
        JobInfo job = await ledger.OpenJobAsync(new NewJob { Id = "job", SpecDigest = "d", StageMask = StageGraph.Everything }, default);
        string digest = await new ManifestImport(skipping, mostHeld).CheckAsync(default);
        await new ManifestImport(skipping, mostHeld).ImportAsync(ledger, job, default);
        Assert.Equal(["a", "b", "a", "d"], good);
        Assert.Equal(good, (await ledger.ItemsAsync("job", default).ToListAsync()).Select(i => (i.Picture, i.PictureId)).Distinct().Select(i => i.PictureId));
        JobManifest clean = Manifest(string.Join("\n", lines[0], lines[1], lines[2], lines[6]));
        Assert.Equal(await new ManifestImport(clean).CheckAsync(default), digest);
    }

    [Fact]
    public async Task The_memory_of_a_check_does_not_grow_with_the_manifest()
    {
        const int count = 60_000;
        var source = new GrowingManifest(count);
        var manifest = new JobManifest { OpenAsync = _ => Task.FromResult<Stream>(source), Reading = JobManifest.ReadingOf(1) };
        await new ManifestImport(manifest, mostHeld: 20_000).CheckAsync(default);
        // 4 emotions a line: identities alone would be 40 bytes × 160,000 between the two looks.
        Assert.InRange(source.HeldAtEnd - source.HeldAtStart, -100_000_000, 2_500_000);
    }

    private static string Line(string id, string emotions) => $$"""{"id":"{{id}}","image":"{{id}}.png","emotions":[{{emotions}}]}""";

    private static JobManifest Manifest(string text) => new() { OpenAsync = _ => Task.FromResult<Stream>(new MemoryStream(Encoding.UTF8.GetBytes(text))), Reading = JobManifest.ReadingOf(1) };

    /// <summary>Lines that nobody keeps, and two looks at the memory while they are read.</summary>
    private sealed class GrowingManifest(int count) : MemoryStream
    {
        private int given;

        public long HeldAtStart { get; private set; }

        public long HeldAtEnd { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (given == count)
            {
                HeldAtEnd = GC.GetTotalMemory(forceFullCollection: true);
                return new(0);
            }

            HeldAtStart = given == count / 3 ? GC.GetTotalMemory(forceFullCollection: true) : HeldAtStart;
            return new(Encoding.UTF8.GetBytes(Line($"p{given++}", "\"joy\",\"fear\",\"anger\",\"disgust\"") + "\n", buffer.Span));
        }
    }
}
