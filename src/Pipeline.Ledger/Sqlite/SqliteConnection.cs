using System.Runtime.InteropServices;
using System.Text;
using Pipeline.Contracts.Errors;

namespace Pipeline.Ledger.Sqlite;

/// <summary>
/// One connection to a database file, for one thread at a time. Statements are prepared once and kept. It stands in for Microsoft.Data.Sqlite, whose packages are not to be had
/// everywhere; the interface is what the ledger needs and nothing more.
/// </summary>
internal sealed unsafe class SqliteConnection : IDisposable
{
    private readonly Dictionary<string, nint> statements = new(StringComparer.Ordinal);
    private readonly string path;
    private nint db;

    public SqliteConnection(string path, bool readOnly)
    {
        this.path = path;
        int flags = readOnly ? SqliteNative.OpenReadOnly : SqliteNative.OpenReadWrite | SqliteNative.OpenCreate;
        int code;
        try
        {
            code = SqliteNative.sqlite3_open_v2(path, out db, flags | SqliteNative.OpenNoMutex, 0);
        }
        catch (DllNotFoundException e)
        {
            throw new LedgerException(ErrorCodes.EnvironmentFault, FaultClass.Environment, "libsqlite3.so.0 is missing; install the system's SQLite library (Debian: libsqlite3-0)", e);
        }

        if (code != SqliteNative.Ok)
        {
            LedgerException error = Error(code, "open");
            Dispose();
            throw error;
        }

        Check(SqliteNative.sqlite3_busy_timeout(db, 10_000), "busy_timeout");
    }

    public delegate T RowReader<out T>(SqliteRow row);

    /// <summary>Runs statements without parameters, separated by semicolons.</summary>
    public void Script(string sql)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(sql + "\0");
        fixed (byte* start = utf8)
        {
            byte* next = start;
            while (*next != 0)
            {
                Check(SqliteNative.sqlite3_prepare_v2(db, next, -1, out nint statement, out byte* tail), sql);
                next = tail;
                if (statement != 0)
                {
                    int code;
                    while ((code = SqliteNative.sqlite3_step(statement)) == SqliteNative.Row)
                    {
                    }

                    _ = SqliteNative.sqlite3_finalize(statement);
                    Check(code == SqliteNative.Done ? SqliteNative.Ok : code, sql);
                }
            }
        }
    }

    /// <summary>Runs a statement and returns the number of rows that it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<SqliteValue> values)
    {
        nint statement = Bound(sql, values);
        int code = SqliteNative.sqlite3_step(statement);
        _ = SqliteNative.sqlite3_reset(statement);
        Check(code is SqliteNative.Done or SqliteNative.Row ? SqliteNative.Ok : code, sql);
        return SqliteNative.sqlite3_changes(db);
    }

    /// <summary>Row id of the last insert.</summary>
    public long LastId() => SqliteNative.sqlite3_last_insert_rowid(db);

    /// <summary>All rows of a query.</summary>
    public List<T> Query<T>(string sql, RowReader<T> read, params ReadOnlySpan<SqliteValue> values)
    {
        nint statement = Bound(sql, values);
        try
        {
            var rows = new List<T>();
            int code;
            while ((code = SqliteNative.sqlite3_step(statement)) == SqliteNative.Row)
            {
                rows.Add(read(new SqliteRow(statement)));
            }

            Check(code == SqliteNative.Done ? SqliteNative.Ok : code, sql);
            return rows;
        }
        finally
        {
            _ = SqliteNative.sqlite3_reset(statement);
        }
    }

    /// <summary>The first column of the first row, or null where there is none.</summary>
    public long? Scalar(string sql, params ReadOnlySpan<SqliteValue> values)
    {
        List<long?> rows = Query<long?>(sql, r => r.IsNull(0) ? null : r.Long(0), values);
        return rows.Count == 0 ? null : rows[0];
    }

    public void Dispose()
    {
        foreach (nint statement in statements.Values)
        {
            _ = SqliteNative.sqlite3_finalize(statement);
        }

        statements.Clear();
        if (db != 0)
        {
            _ = SqliteNative.sqlite3_close_v2(db);
            db = 0;
        }
    }

    private nint Bound(string sql, ReadOnlySpan<SqliteValue> values)
    {
        ObjectDisposedException.ThrowIf(db == 0, this);
        if (!statements.TryGetValue(sql, out nint statement))
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(sql);
            fixed (byte* text = utf8)
            {
                Check(SqliteNative.sqlite3_prepare_v2(db, text, utf8.Length, out statement, out _), sql);
            }

            statements[sql] = statement;
        }

        for (int i = 0; i < values.Length; i++)
        {
            Check(Bind(statement, i + 1, values[i]), sql);
        }

        return statement;
    }

    private static int Bind(nint statement, int index, SqliteValue value)
    {
        switch (value.Kind)
        {
            case 1:
                return SqliteNative.sqlite3_bind_int64(statement, index, value.Integer);
            case 2:
                return SqliteNative.sqlite3_bind_double(statement, index, value.Real);
            case 3:
            case 4:
                byte[] bytes = value.Reference as byte[] ?? Encoding.UTF8.GetBytes((string)value.Reference!);
                // A null pointer would bind NULL, so an empty value gets a valid one.
                fixed (byte* data = bytes.Length == 0 ? [0] : bytes)
                {
                    return value.Kind == 3
                        ? SqliteNative.sqlite3_bind_text(statement, index, data, bytes.Length, SqliteNative.Transient)
                        : SqliteNative.sqlite3_bind_blob(statement, index, data, bytes.Length, SqliteNative.Transient);
                }

            default:
                return SqliteNative.sqlite3_bind_null(statement, index);
        }
    }

    private void Check(int code, string what)
    {
        if (code != SqliteNative.Ok)
        {
            throw Error(code, what);
        }
    }

    private LedgerException Error(int code, string what)
    {
        string text = db == 0 ? "" : Marshal.PtrToStringUTF8((nint)SqliteNative.sqlite3_errmsg(db)) ?? "";
        int extended = db == 0 ? code : SqliteNative.sqlite3_extended_errcode(db);
        FaultClass faultClass = (code & 0xff) switch
        {
            SqliteNative.Busy => FaultClass.Transient,
            SqliteNative.Full or SqliteNative.CannotOpen or SqliteNative.ReadOnlyDatabase or SqliteNative.IoError or SqliteNative.Corrupt or SqliteNative.NotADatabase => FaultClass.Environment,
            _ => FaultClass.Logic,
        };
        string shortened = what.Length > 100 ? what[..100] + "..." : what;
        return new LedgerException(ErrorCodes.Ledger, faultClass, $"SQLite error {extended} in ledger {path}: {text} ({shortened})");
    }
}
