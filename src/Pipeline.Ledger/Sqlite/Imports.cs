using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Sqlite;

/// <summary>Writes pictures and their items, continuing where the last import ended.</summary>
internal sealed class Imports(SqliteConnection db, long now)
{
    public void Add(string jobId, long job, long firstPicture, IReadOnlyList<NewPicture> pictures)
    {
        (long imported, long items, int epoch, int state, int mask) = db.Query(
            "SELECT pictures, items, epoch, state, stage_mask FROM job WHERE no = ?", r => (r.Long(0), r.Long(1), r.Int(2), r.Int(3), r.Int(4)), job).Single();
        if (firstPicture > imported || state != (int)JobState.Planning)
        {
            throw JobRules.ImportOutOfOrder(jobId, firstPicture, imported, (JobState)state);
        }

        long added = 0;
        foreach (NewPicture picture in pictures.Skip((int)Math.Min(int.MaxValue, imported - firstPicture)))
        {
            db.Execute("INSERT INTO picture VALUES(?, ?, ?, ?, ?, ?)", job, imported, picture.Id, picture.SourceUri, picture.DeclaredSha256, picture.LineJson);
            foreach (NewItem item in picture.Items)
            {
                db.Execute(
                    "INSERT INTO item(job, seq, picture, emotion, intensity, variant, seed, state, epoch, updated_at) VALUES(?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
                    job, items + added++, imported, item.Emotion, item.Intensity, item.Variant, item.Seed, epoch, now);
            }

            imported++;
        }

        db.Execute("UPDATE job SET pictures = ?, items = ? WHERE no = ?", imported, items + added, job);
        var counters = new CounterDeltas();
        counters.Item(job, ItemState.Pending, added);
        counters.Needed(job, mask, added);
        Counters.Write(db, counters);
    }
}
