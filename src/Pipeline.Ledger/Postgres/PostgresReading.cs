using Npgsql;

namespace Pipeline.Ledger.Postgres;

/// <summary>Columns as the ledger stores them.</summary>
internal static class PostgresReading
{
    public static string Text(this NpgsqlDataReader reader, int column) => PgText.Out(reader.GetString(column));

    public static string? TextOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.Text(column);

    public static DateTimeOffset Time(this NpgsqlDataReader reader, int column) => DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(column));
}
