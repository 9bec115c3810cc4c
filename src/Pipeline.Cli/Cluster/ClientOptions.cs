using System.CommandLine;

namespace Pipeline.Cli.Cluster;

/// <summary>The options of every command that talks to a coordinator.</summary>
internal sealed class ClientOptions(bool withJson = true)
{
    private readonly Option<string> server = new("--server")
    {
        Description = "Address of the coordinator (MOODPIPE_SERVER).", DefaultValueFactory = _ => Environment.GetEnvironmentVariable("MOODPIPE_SERVER") ?? "http://127.0.0.1:7300",
    };

    private readonly Option<string?> tokenFile = new("--token-file") { Description = "File whose first line is the coordinator's token (or MOODPIPE_TOKEN)." };

    /// <summary>Whether answers are printed as JSON.</summary>
    public Option<bool> Json { get; } = new("--json") { Description = "Answers as JSON, one object a line." };

    public void AddTo(Command command)
    {
        command.Add(server);
        command.Add(tokenFile);
        if (withJson)
        {
            command.Add(Json);
        }
    }

    public CoordinatorClient Connect(ParseResult parsed)
    {
        string text = parsed.GetValue(server)!;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            throw CommandFailure.Usage($"--server '{text}' must look like http://127.0.0.1:7300");
        }

        string? token = Environment.GetEnvironmentVariable("MOODPIPE_TOKEN") is { Length: > 0 } given ? given : parsed.GetValue(tokenFile) is { } path ? TokenFiles.Read(path) : null;
        return new CoordinatorClient(address, token);
    }
}
