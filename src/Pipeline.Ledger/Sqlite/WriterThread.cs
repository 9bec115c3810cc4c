using System.Collections.Concurrent;

namespace Pipeline.Ledger.Sqlite;

/// <summary>
/// The one thread that writes. Requests that arrive while a transaction is being made durable form the next one together (group commit), so the rate does not depend on the
/// disk's flush rate; each request is a savepoint of its own, so that one that fails does not take the others with it.
/// </summary>
internal sealed class WriterThread : IDisposable
{
    private const int MaxGroup = 1000;
    private readonly SqliteConnection db;
    private readonly BlockingCollection<Request> queue = [];
    private readonly Thread thread;

    public WriterThread(SqliteConnection db)
    {
        this.db = db;
        thread = new Thread(Loop) { IsBackground = true, Name = "ledger-writer" };
        thread.Start();
    }

    /// <summary>Runs a change and completes when it is durable.</summary>
    public Task<T> RunAsync<T>(Func<SqliteConnection, T> change, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var request = new Request<T>(change);
        queue.Add(request, cancellation);
        return request.Task;
    }

    public void Dispose()
    {
        queue.CompleteAdding();
        thread.Join();
        queue.Dispose();
        db.Dispose();
    }

    private void Loop()
    {
        var group = new List<Request>();
        foreach (Request first in queue.GetConsumingEnumerable())
        {
            group.Clear();
            group.Add(first);
            while (group.Count < MaxGroup && queue.TryTake(out Request? next))
            {
                group.Add(next);
            }

            Commit(group);
        }
    }

    private void Commit(List<Request> group)
    {
        try
        {
            db.Script("BEGIN IMMEDIATE");
            foreach (Request request in group)
            {
                db.Script("SAVEPOINT request");
                if (!request.TryRun(db))
                {
                    RollBackTo(request);
                }

                db.Script("RELEASE request");
            }

            db.Script("COMMIT");
        }
        catch (LedgerException e)
        {
            TryRollback();
            group.ForEach(r => r.Fail(e));
            return;
        }

        group.ForEach(r => r.Complete());
    }

    // Some errors (a full disk) end the whole transaction: then their cause is the group's, and not that the savepoint is gone.
    private void RollBackTo(Request request)
    {
        try
        {
            db.Script("ROLLBACK TO request");
        }
        catch (LedgerException e)
        {
            throw request.Error as LedgerException ?? e;
        }
    }

    private void TryRollback()
    {
        try
        {
            db.Script("ROLLBACK");
        }
        catch (LedgerException)
        {
            // SQLite has rolled back already; the first error is the one to report.
        }
    }

    private abstract class Request
    {
        public Exception? Error { get; protected set; }

        public abstract bool TryRun(SqliteConnection db);

        public abstract void Complete();

        public abstract void Fail(Exception error);
    }

    private sealed class Request<T>(Func<SqliteConnection, T> change) : Request
    {
        private readonly TaskCompletionSource<T> source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? result;

        public Task<T> Task => source.Task;

        public override bool TryRun(SqliteConnection db)
        {
            try
            {
                result = change(db);
                return true;
            }
            catch (Exception e)
            {
                Error = e;
                return false;
            }
        }

        public override void Complete()
        {
            if (Error is null)
            {
                source.SetResult(result!);
            }
            else
            {
                source.SetException(Error);
            }
        }

        public override void Fail(Exception e) => source.SetException(Error ?? e);
    }
}
