using System.Security.Cryptography;
using System.Text;
using Pipeline.Contracts.Json;

namespace Pipeline.Ledger.Accounting;

/// <summary>A dead letter as it is stored: cut to its limits, known by a digest of queue, reason and body.</summary>
internal sealed record DeadLetterRow(
    string Digest, string Queue, string Reason, string? JobId, string? Stage, string ItemsJson, byte[] Body, long BodyBytes, string? HeadersJson)
{
    private const int MaxItems = 1000;

    public static DeadLetterRow Of(NewDeadLetter letter)
    {
        string queue = Text.Cut(letter.Queue, NewDeadLetter.MaxText);
        string reason = Text.Cut(letter.Reason, NewDeadLetter.MaxText);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{queue.Length} {queue}{reason.Length} {reason}"));
        hash.AppendData(letter.Body);
        return new DeadLetterRow(
            Convert.ToHexStringLower(hash.GetCurrentHash()), queue, reason, Text.CutOrNull(letter.JobId, NewDeadLetter.MaxText), Text.CutOrNull(letter.Stage, NewDeadLetter.MaxText),
            Encoding.UTF8.GetString(ContractJson.Serialize(letter.Items.Take(MaxItems))), letter.Body.Length <= NewDeadLetter.MaxBody ? letter.Body : letter.Body[..NewDeadLetter.MaxBody],
            letter.Body.Length, Text.CutOrNull(letter.HeadersJson, NewDeadLetter.MaxText));
    }
}
