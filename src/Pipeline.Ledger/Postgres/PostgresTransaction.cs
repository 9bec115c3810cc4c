using System.Data;
using Npgsql;

namespace Pipeline.Ledger.Postgres;

/// <summary>One transaction on one connection, with the time that it counts by.</summary>
internal sealed class PostgresTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction, long now, CancellationToken cancellation)
{
    /// <summary>Milliseconds since 1970, the same for everything in the transaction.</summary>
    public long Now => now;

    /// <summary>All rows of a query; parameters are $1, $2, ...</summary>
    public async Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params object?[] values)
    {
        NpgsqlCommand command = Command(sql, values);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(CommandBehavior.SingleResult, cancellation).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var rows = new List<T>();
                while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
                {
                    rows.Add(read(reader));
                }

                return rows;
            }
        }
    }

    /// <summary>Runs a statement and returns the number of rows that it changed.</summary>
    public async Task<int> ExecuteAsync(string sql, params object?[] values)
    {
        NpgsqlCommand command = Command(sql, values);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Runs statements in one round trip.</summary>
    public async Task ExecuteAsync(IReadOnlyCollection<(string Sql, object?[] Values)> statements)
    {
        if (statements.Count == 0)
        {
            return;
        }

        var batch = new NpgsqlBatch(connection, transaction);
        await using (batch.ConfigureAwait(false))
        {
            foreach ((string sql, object?[] values) in statements)
            {
                var command = new NpgsqlBatchCommand(sql);
                Array.ForEach(values, v => command.Parameters.Add(Parameter(v)));
                batch.BatchCommands.Add(command);
            }

            await batch.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Copies rows in binary.</summary>
    public async Task CopyAsync(string copy, Func<NpgsqlBinaryImporter, Task> write)
    {
        NpgsqlBinaryImporter importer = await connection.BeginBinaryImportAsync(copy, cancellation).ConfigureAwait(false);
        await using (importer.ConfigureAwait(false))
        {
            await write(importer).ConfigureAwait(false);
            await importer.CompleteAsync(cancellation).ConfigureAwait(false);
        }
    }

    private NpgsqlCommand Command(string sql, object?[] values)
    {
        var command = new NpgsqlCommand(sql, connection, transaction);
        Array.ForEach(values, v => command.Parameters.Add(Parameter(v)));
        return command;
    }

    private static NpgsqlParameter Parameter(object? value) => new() { Value = value ?? DBNull.Value };
}
