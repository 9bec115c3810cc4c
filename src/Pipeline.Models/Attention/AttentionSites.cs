using System.Collections;

namespace Pipeline.Models.Attention;

/// <summary>
/// The attention sites of a UNet in call order (down, mid, up), and the other order that adapter checkpoints use: registration order (down, up, mid), in which every site counts twice,
/// first its self-attention, then its cross-attention.
/// </summary>
public sealed class AttentionSites : IReadOnlyList<AttentionSite>
{
    private readonly AttentionSite[] _calls;
    private readonly int[] _rankInRegistration;

    /// <summary>Wraps the sites of a model, given in call order with indices 0, 1, ...</summary>
    public AttentionSites(IEnumerable<AttentionSite> inCallOrder)
    {
        _calls = [.. inCallOrder];
        _rankInRegistration = new int[_calls.Length];
        InRegistrationOrder =
        [
            .. _calls.Where(s => s.Place == AttentionPlace.Down),
            .. _calls.Where(s => s.Place == AttentionPlace.Up),
            .. _calls.Where(s => s.Place == AttentionPlace.Mid),
        ];
        for (int rank = 0; rank < _calls.Length; rank++)
        {
            _rankInRegistration[InRegistrationOrder[rank].Index] = rank;
        }
    }

    /// <summary>The sites as the model registers its parts: down, up, mid.</summary>
    public IReadOnlyList<AttentionSite> InRegistrationOrder { get; }

    /// <inheritdoc/>
    public int Count => _calls.Length;

    /// <inheritdoc/>
    public AttentionSite this[int index] => _calls[index];

    /// <summary>The number that IP-Adapter and MoMA checkpoints give an attention layer: <c>{number}.to_k_ip.weight</c>.</summary>
    public int AdapterNumber(AttentionSite site, bool cross) => (2 * _rankInRegistration[site.Index]) + (cross ? 1 : 0);

    /// <inheritdoc/>
    public IEnumerator<AttentionSite> GetEnumerator() => ((IEnumerable<AttentionSite>)_calls).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _calls.GetEnumerator();
}
