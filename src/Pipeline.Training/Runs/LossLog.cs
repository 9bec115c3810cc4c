using System.Globalization;

namespace Pipeline.Training.Runs;

/// <summary>
/// The loss of every step as <c>losses.csv</c>. Open for the whole run, and by one process only. On resuming, rows after the checkpoint are dropped: they are computed again.
/// </summary>
public sealed class LossLog : IDisposable
{
    private readonly StreamWriter _writer;
    private bool _hasHeader;

    private LossLog(FileStream stream, bool hasHeader)
    {
        _writer = new StreamWriter(stream) { AutoFlush = true };
        _hasHeader = hasHeader;
    }

    /// <summary>Opens the log and keeps its rows of steps up to <paramref name="lastStep"/>.</summary>
    /// <exception cref="TrainingException">Another process writes it.</exception>
    public static LossLog Open(string path, long lastStep)
    {
        try
        {
            FileStream stream = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            using StreamReader reader = new(stream, leaveOpen: true);
            List<string> kept = [];
            while (reader.ReadLine() is { } line)
            {
                if (kept.Count == 0 || (RowOf(line) is { } row && row.Step <= lastStep))
                {
                    kept.Add(line);
                }
            }

            stream.SetLength(0);
            LossLog log = new(stream, kept.Count > 0);
            kept.ForEach(log._writer.WriteLine);
            return log;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TrainingException($"{path}: cannot be opened for writing: {error.Message}: give every run a folder of its own", error);
        }
    }

    /// <summary>The losses of a log, in order.</summary>
    public static IReadOnlyList<(long Step, double Loss)> Read(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(stream);
        List<(long, double)> rows = [];
        while (reader.ReadLine() is { } line)
        {
            if (RowOf(line) is { } row)
            {
                rows.Add(row);
            }
        }

        return rows;
    }

    /// <summary>Appends a step. The first term is the loss itself.</summary>
    public void Append(long step, double rate, double gradientNorm, IReadOnlyList<(string Name, double Value)> terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        if (!_hasHeader)
        {
            _writer.WriteLine("step," + string.Join(',', terms.Select(t => t.Name)) + ",rate,gradient_norm");
            _hasHeader = true;
        }

        IEnumerable<double> numbers = [.. terms.Select(t => t.Value), rate, gradientNorm];
        _writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{step},{string.Join(',', numbers.Select(n => n.ToString("R", CultureInfo.InvariantCulture)))}"));
    }

    /// <inheritdoc />
    public void Dispose() => _writer.Dispose();

    private static (long Step, double Loss)? RowOf(string line)
    {
        string[] cells = line.Split(',');
        return cells.Length > 2 && long.TryParse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture, out long step)
            && double.TryParse(cells[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double loss) ? (step, loss) : null;
    }
}
