using System.CommandLine;
using Pipeline.Hosting;
using Pipeline.TestS3;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe dev</c>: servers for trying things on one machine.</summary>
internal static class DevCommand
{
    public static Command Create() => new("dev", "Servers for tests and trials on this machine.") { S3() };

    private static Command S3()
    {
        Option<int> port = new("--port") { Description = "Port on the loopback address; 0 takes a free one.", DefaultValueFactory = _ => 0 };
        Option<DirectoryInfo> folder = new("--folder") { Description = "Folder of the objects; started on it again, the server has them all.", Required = true };
        Option<string[]> buckets = new("--bucket") { Description = "Bucket to make unless it exists; repeatable.", DefaultValueFactory = _ => ["moodpipe"] };
        Command command = new("s3", "An S3 server on 127.0.0.1 with signatures, conditional writes and, on request, faults. Not for data that matters.") { port, folder, buckets };
        command.SetAction((parsed, _) => ServeAsync(parsed.GetValue(port), parsed.GetRequiredValue(folder).FullName, parsed.GetValue(buckets)!));
        return HelpWithExamples.Describe(command, "moodpipe dev s3 --port 9000 --folder objects", "moodpipe dev s3 --folder objects --bucket artefacts --bucket pictures");
    }

    private static async Task<int> ServeAsync(int port, string folder, string[] buckets)
    {
        if (port is < 0 or > 65535)
        {
            throw CommandFailure.Usage("--port must lie in 0..65535");
        }

        string access = Environment.GetEnvironmentVariable("MOODPIPE_S3_ACCESS_KEY") ?? "test-access";
        string secret = Environment.GetEnvironmentVariable("MOODPIPE_S3_SECRET_KEY") ?? "test-secret";
        using DrainSignal signal = new();
        await using S3Server server = await StartAsync(new S3ServerOptions { Root = folder, Port = port, AccessKey = access, SecretKey = secret }).ConfigureAwait(false);
        foreach (string bucket in buckets)
        {
            MakeBucket(server, bucket);
        }

        // In the form that a shell takes, so that it can be pasted.
        Console.Out.WriteLine($"export MOODPIPE_S3_ENDPOINT={server.Endpoint.GetLeftPart(UriPartial.Authority)}");
        Console.Out.WriteLine($"export MOODPIPE_S3_ACCESS_KEY={access}");
        Console.Out.WriteLine(secret == "test-secret" ? "export MOODPIPE_S3_SECRET_KEY=test-secret" : "# MOODPIPE_S3_SECRET_KEY: as it is set here");
        Console.Out.WriteLine($"# buckets {string.Join(", ", buckets)} in {folder}; Ctrl-C ends the server");
        await Console.Out.FlushAsync().ConfigureAwait(false);
        try
        {
            await Task.Delay(Timeout.Infinite, signal.Drain).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The way it ends.
        }

        return ExitCodes.Done;
    }

    private static async Task<S3Server> StartAsync(S3ServerOptions options)
    {
        try
        {
            return await S3Server.StartAsync(options).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw CommandFailure.Environment($"the server cannot start on port {options.Port} with folder {options.Root}: {e.Message}");
        }
    }

    private static void MakeBucket(S3Server server, string bucket)
    {
        try
        {
            server.Storage.CreateBucket(bucket);
        }
        catch (S3Exception e)
        {
            throw CommandFailure.Usage($"--bucket: {e.Message}");
        }
    }
}
