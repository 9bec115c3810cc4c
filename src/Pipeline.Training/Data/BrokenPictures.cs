using Pipeline.Training.Runs;

namespace Pipeline.Training.Data;

/// <summary>Pictures of a manifest that cannot be used: each is named once, and they are counted up to a limit. For all threads.</summary>
/// <param name="limit">Pictures that may be skipped.</param>
/// <param name="say">Told of each.</param>
internal sealed class BrokenPictures(int limit, Action<string> say)
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>How many there are so far.</summary>
    public int Count
    {
        get
        {
            lock (_names)
            {
                return _names.Count;
            }
        }
    }

    /// <summary>Notes a picture.</summary>
    /// <exception cref="TrainingException">It is one too many.</exception>
    public void Add(string name, string reason)
    {
        lock (_names)
        {
            if (!_names.Add(name))
            {
                return;
            }

            if (_names.Count > limit)
            {
                throw new TrainingException($"{name}: {reason}: more than {limit} broken pictures: mend the data, or raise data.pictures.brokenLimit");
            }

            say($"skipped, broken picture {_names.Count} of at most {limit}: {name}: {reason}");
        }
    }
}
