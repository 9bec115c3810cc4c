using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.Contracts.Topology;

namespace Pipeline.Stages.Messaging;

/// <summary>Compares what the management API lists with the plan.</summary>
internal static class TopologyComparison
{
    // What the broker makes unless it is told otherwise; more copies cost more than they save.
    private const int GroupSize = 3;

    /// <summary>One sentence for each difference.</summary>
    public static async Task<IReadOnlyList<string>> CompareAsync(ManagementApi management, TopologyPlan plan, int nodes, CancellationToken cancellation)
    {
        Dictionary<string, JsonElement> exchanges = ByName(await management.ListAsync("exchanges", cancellation).ConfigureAwait(false));
        Dictionary<string, JsonElement> queues = ByName(await management.ListAsync("queues", cancellation).ConfigureAwait(false));
        Dictionary<string, JsonElement> policies = ByName(await management.ListAsync("policies", cancellation).ConfigureAwait(false));
        HashSet<(string Source, string Queue)> bindings = [.. (await management.ListAsync("bindings", cancellation).ConfigureAwait(false))
            .Where(b => Text(b, "destination_type") == "queue").Select(b => (Text(b, "source"), Text(b, "destination")))];
        return
        [
            .. TopologyPlan.Exchanges.SelectMany(name => Exchange(name, exchanges)),
            .. TopologyPlan.Queues.SelectMany(name => Queue(name, queues, bindings, Math.Min(nodes, GroupSize))),
            .. plan.Policies.SelectMany(policy => Policy(policy, policies)),
            .. plan.Policies.SelectMany(policy => Shadows(policy, policies)),
        ];
    }

    private static IEnumerable<string> Exchange(string name, Dictionary<string, JsonElement> found)
    {
        if (!found.TryGetValue(name, out JsonElement exchange))
        {
            yield return $"exchange {name} is missing";
            yield break;
        }

        if (Text(exchange, "type") is var type and not "fanout")
        {
            yield return $"exchange {name} is of type {type}, not fanout";
        }

        if (!Flag(exchange, "durable"))
        {
            yield return $"exchange {name} is not durable";
        }
    }

    private static IEnumerable<string> Queue(string name, Dictionary<string, JsonElement> found, HashSet<(string Source, string Queue)> bindings, int members)
    {
        if (!found.TryGetValue(name, out JsonElement queue))
        {
            yield return $"queue {name} is missing";
            yield break;
        }

        if (Text(queue, "type") is var type and not "quorum")
        {
            yield return $"queue {name} is of type {type}, not quorum";
        }

        // A queue that was declared while a node was down has no copy there, and none is made later by itself.
        if (queue.TryGetProperty("members", out JsonElement copies) && copies.ValueKind == JsonValueKind.Array && copies.GetArrayLength() < members)
        {
            yield return $"queue {name} has copies on {copies.GetArrayLength()} of {members} nodes; run 'rabbitmq-queues grow NODE all' for the nodes without one";
        }

        if (queue.TryGetProperty("arguments", out JsonElement arguments) && arguments.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty argument in arguments.EnumerateObject().Where(a => !TopologyPlan.Arguments.ContainsKey(a.Name)))
            {
                yield return $"queue {name} has the argument {argument.Name}, which belongs into a policy";
            }
        }

        if (!bindings.Contains((name, name)))
        {
            yield return $"queue {name} is not bound to exchange {name}";
        }
    }

    private static IEnumerable<string> Policy(BrokerPolicy wanted, Dictionary<string, JsonElement> found)
    {
        if (!found.TryGetValue(wanted.Name, out JsonElement policy))
        {
            yield return $"policy {wanted.Name} is missing";
            yield break;
        }

        if (Text(policy, "pattern") is var pattern && pattern != wanted.Pattern)
        {
            yield return $"policy {wanted.Name} has the pattern {pattern}, not {wanted.Pattern}";
        }

        JsonElement definition = policy.GetProperty("definition");
        foreach ((string key, object value) in wanted.Definition)
        {
            string actual = definition.TryGetProperty(key, out JsonElement given) ? given.ToString() : "nothing";
            if (actual != $"{value}")
            {
                yield return $"policy {wanted.Name} has {key} = {actual}, not {value}";
            }
        }

        foreach (JsonProperty extra in definition.EnumerateObject().Where(p => !wanted.Definition.ContainsKey(p.Name)))
        {
            yield return $"policy {wanted.Name} has {extra.Name} = {extra.Value}, which is not planned";
        }
    }

    // Of several policies that match a queue only the one with the highest priority counts; ours would be off without a word.
    private static IEnumerable<string> Shadows(BrokerPolicy wanted, Dictionary<string, JsonElement> policies) =>
        from queue in wanted.Name == TopologyPlan.WorkPolicy ? TopologyPlan.WorkQueues : [QueueNames.Beats]
        from other in policies.Values
        where Text(other, "name") != wanted.Name && Text(other, "apply-to") is "queues" or "all" or "quorum_queues"
        where other.TryGetProperty("priority", out JsonElement priority) && priority.GetInt32() >= wanted.Priority && Matches(Text(other, "pattern"), queue)
        select $"queue {queue} follows policy {Text(other, "name")}, not {wanted.Name}";

    private static bool Matches(string pattern, string queue)
    {
        try
        {
            return Regex.IsMatch(queue, pattern, RegexOptions.None, TimeSpan.FromSeconds(1));
        }
        catch (Exception e) when (e is RegexParseException or RegexMatchTimeoutException)
        {
            return false; // the broker's dialect; then only the policies themselves are compared
        }
    }

    private static Dictionary<string, JsonElement> ByName(IReadOnlyList<JsonElement> list) => list.GroupBy(e => Text(e, "name")).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static bool Flag(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;
}
