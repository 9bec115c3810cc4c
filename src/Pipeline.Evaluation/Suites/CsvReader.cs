using System.Text;

namespace Pipeline.Evaluation.Suites;

/// <summary>Comma-separated values (RFC 4180): quoted fields may hold commas, line ends and doubled quotes.</summary>
public static class CsvReader
{
    /// <summary>Largest field, characters.</summary>
    public const int MaxField = 1 << 16;

    /// <summary>The rows, each with the number of the line it starts in; empty lines are left out.</summary>
    /// <exception cref="SuiteException">A quote that does not close, or a field over <see cref="MaxField"/>.</exception>
    public static IEnumerable<(int Line, IReadOnlyList<string> Fields)> Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<string> row = [];
        StringBuilder field = new();
        (int line, int start, bool quoted, bool wasQuoted) = (1, 1, false, false);
        for (int i = 0; i <= text.Length; i++)
        {
            char c = i < text.Length ? text[i] : '\n';
            if (i == text.Length && quoted)
            {
                throw new SuiteException($"line {start}: a quote is not closed");
            }

            if (field.Length > MaxField)
            {
                throw new SuiteException($"line {start}: a field is longer than {MaxField} characters");
            }

            if (quoted)
            {
                bool doubled = c == '"' && i + 1 < text.Length && text[i + 1] == '"';
                quoted = c != '"' || doubled;
                i += doubled ? 1 : 0;
                _ = quoted ? field.Append(c) : field;
            }
            else if (c == '"' && field.Length == 0)
            {
                (quoted, wasQuoted) = (true, true);
            }
            else if (c is ',' or '\n')
            {
                row.Add(wasQuoted ? field.ToString() : field.ToString().TrimEnd('\r'));
                _ = field.Clear();
                wasQuoted = false;
                if (c == '\n')
                {
                    if (row is not [""])
                    {
                        yield return (start, row);
                    }

                    (row, start) = ([], line + 1);
                }
            }
            else if (!wasQuoted || c != '\r')
            {
                _ = field.Append(c);
            }

            line += c == '\n' ? 1 : 0;
        }
    }
}
