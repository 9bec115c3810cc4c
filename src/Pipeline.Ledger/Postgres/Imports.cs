using Npgsql;
using NpgsqlTypes;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Postgres;

/// <summary>Copies pictures and their items into the database, continuing where the last import ended.</summary>
internal sealed class Imports(PostgresTransaction tx)
{
    private const string CopyPictures = "COPY picture(job, picture, id, source_uri, source_sha256, line_json) FROM STDIN (FORMAT binary)";
    private const string CopyItems = "COPY item(job, seq, picture, emotion, intensity, variant, seed, state, epoch, updated_at) FROM STDIN (FORMAT binary)";

    public async Task AddAsync(string jobId, JobRow job, long firstPicture, IReadOnlyList<NewPicture> pictures)
    {
        (long imported, long items, int epoch) = (await tx.QueryAsync(
            "SELECT pictures, items, epoch FROM job WHERE no = $1", r => (r.GetInt64(0), r.GetInt64(1), r.GetInt32(2)), job.No).ConfigureAwait(false))[0];
        if (firstPicture > imported || job.State != JobState.Planning)
        {
            throw JobRules.ImportOutOfOrder(jobId, firstPicture, imported, job.State);
        }

        NewPicture[] added = [.. pictures.Skip((int)Math.Min(int.MaxValue, imported - firstPicture))];
        if (added.Length == 0)
        {
            return;
        }

        await tx.CopyAsync(CopyPictures, async to =>
        {
            for (int i = 0; i < added.Length; i++)
            {
                await WritePictureAsync(to, job.No, imported + i, added[i]).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
        long seq = items;
        await tx.CopyAsync(CopyItems, async to =>
        {
            for (int i = 0; i < added.Length; i++)
            {
                foreach (NewItem item in added[i].Items)
                {
                    await WriteItemAsync(to, job.No, seq++, imported + i, item, epoch).ConfigureAwait(false);
                }
            }
        }).ConfigureAwait(false);
        var counters = new CounterDeltas();
        counters.Item(job.No, ItemState.Pending, seq - items);
        counters.Needed(job.No, job.StageMask, seq - items);
        (string, object?[]) update = ("UPDATE job SET pictures = $1, items = $2 WHERE no = $3", [imported + added.Length, seq, job.No]);
        await tx.ExecuteAsync([update, .. Counters.Statements(counters)]).ConfigureAwait(false);
    }

    private static async Task WritePictureAsync(NpgsqlBinaryImporter to, long job, long number, NewPicture picture)
    {
        await to.StartRowAsync().ConfigureAwait(false);
        await to.WriteAsync(job, NpgsqlDbType.Bigint).ConfigureAwait(false);
        await to.WriteAsync(number, NpgsqlDbType.Bigint).ConfigureAwait(false);
        await to.WriteAsync(PgText.In(picture.Id), NpgsqlDbType.Text).ConfigureAwait(false);
        await to.WriteAsync(PgText.In(picture.SourceUri), NpgsqlDbType.Text).ConfigureAwait(false);
        await (picture.DeclaredSha256 is null ? to.WriteNullAsync() : to.WriteAsync(PgText.In(picture.DeclaredSha256), NpgsqlDbType.Text)).ConfigureAwait(false);
        await to.WriteAsync(PgText.In(picture.LineJson), NpgsqlDbType.Text).ConfigureAwait(false);
    }

    private async Task WriteItemAsync(NpgsqlBinaryImporter to, long job, long seq, long picture, NewItem item, int epoch)
    {
        await to.StartRowAsync().ConfigureAwait(false);
        await to.WriteAsync(job, NpgsqlDbType.Bigint).ConfigureAwait(false);
        await to.WriteAsync(seq, NpgsqlDbType.Bigint).ConfigureAwait(false);
        await to.WriteAsync(picture, NpgsqlDbType.Bigint).ConfigureAwait(false);
        await to.WriteAsync(PgText.In(item.Emotion), NpgsqlDbType.Text).ConfigureAwait(false);
        await to.WriteAsync(item.Intensity, NpgsqlDbType.Double).ConfigureAwait(false);
        await to.WriteAsync(item.Variant, NpgsqlDbType.Integer).ConfigureAwait(false);
        await to.WriteAsync(item.Seed, NpgsqlDbType.Bigint).ConfigureAwait(false);
        await to.WriteAsync((short)ItemState.Pending, NpgsqlDbType.Smallint).ConfigureAwait(false);
        await to.WriteAsync(epoch, NpgsqlDbType.Integer).ConfigureAwait(false);
        await to.WriteAsync(tx.Now, NpgsqlDbType.Bigint).ConfigureAwait(false);
    }
}
