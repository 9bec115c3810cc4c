using System.Text.Json;
using Pipeline.Contracts.Json;
using Pipeline.Coordinator.Http.Views;

namespace Pipeline.Cli.Cluster;

/// <summary>Follows a job to its end.</summary>
internal sealed class JobWatcher(CoordinatorClient client, bool json)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>Prints a line whenever something changed; returns the exit code: 0 all done, 1 items failed or the job was cancelled, 3 it could not be run.</summary>
    public async Task<int> WatchAsync(string id, CancellationToken stop)
    {
        string before = "";
        while (true)
        {
            JobView job;
            try
            {
                job = await client.GetAsync<JobView>($"/jobs/{Uri.EscapeDataString(id)}", stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                Console.Error.WriteLine("moodpipe: the job goes on; 'moodpipe watch' follows it again");
                return ExitCodes.Interrupted;
            }

            string line = JobText.Line(job);
            if (line != before)
            {
                Console.Out.WriteLine(json ? JsonSerializer.Serialize(job, ContractJson.Options) : line);
                before = line;
            }

            if (job.Ended)
            {
                return await EndAsync(job, stop).ConfigureAwait(false);
            }

            await Task.WhenAny(Task.Delay(Every, stop)).ConfigureAwait(false);
        }
    }

    private async Task<int> EndAsync(JobView job, CancellationToken stop)
    {
        if (job.State == "done")
        {
            if (!json)
            {
                Console.Out.WriteLine($"Results: {job.DataSet}");
            }

            return ExitCodes.Done;
        }

        Page<ErrorView> errors = await client.GetAsync<Page<ErrorView>>($"/jobs/{Uri.EscapeDataString(job.Id)}/errors?limit=10", stop).ConfigureAwait(false);
        foreach (ErrorView error in errors.Values)
        {
            Console.Error.WriteLine($"  {error.Items} x {error.Stage} {error.Code}: {error.Message} (fingerprint {error.Fingerprint})");
        }

        Console.Error.WriteLine($"moodpipe: {job.LastEvent}");
        return job.State == "failed" ? ExitCodes.Environment : ExitCodes.ItemsFailed;
    }
}
