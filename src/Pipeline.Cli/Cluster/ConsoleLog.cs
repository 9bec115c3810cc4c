using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Pipeline.Cli.Cluster;

/// <summary>Log lines of long-running processes on the standard error: one a line, UTC.</summary>
internal sealed class ConsoleLog : ILoggerProvider
{
    private static readonly Lock Gate = new();

    /// <summary>Loggers from <paramref name="least"/> on, default <c>MOODPIPE_LOG</c> or information; the API's single requests only below that.</summary>
    public static ILoggerFactory Create(LogLevel? least = null)
    {
        LogLevel level = least ?? (Enum.TryParse(Environment.GetEnvironmentVariable("MOODPIPE_LOG"), ignoreCase: true, out LogLevel wanted) ? wanted : LogLevel.Information);
        return LoggerFactory.Create(builder => builder.SetMinimumLevel(level).AddFilter("Microsoft.AspNetCore", level < LogLevel.Information ? level : LogLevel.Warning).AddProvider(new ConsoleLog()));
    }

    public ILogger CreateLogger(string categoryName) => new Writer(categoryName);

    public void Dispose()
    {
    }

    private sealed class Writer(string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            string time = TimeProvider.System.GetUtcNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
            string text = formatter(state, exception).Replace('\n', ' ');
            lock (Gate)
            {
                Console.Error.WriteLine($"{time} {logLevel.ToString().ToLowerInvariant()} {category}: {text}{(exception is null ? "" : $"\n{exception}")}");
            }
        }
    }
}
