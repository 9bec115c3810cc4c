using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.StableDiffusion;

/// <summary>A control made of functions; counts what it was given.</summary>
internal sealed class RecordingControl : IAttentionControl
{
    public delegate Tensor Hook(AttentionCall call, Tensor tensor);

    public Func<AttentionCall, bool> Listens { get; init; } = _ => true;

    public Func<AttentionCall, (Tensor Q, Tensor K, Tensor V), (Tensor, Tensor, Tensor)>? SelfQkv { get; init; }

    public Hook? SelfMap { get; init; }

    public Hook? ValueContext { get; init; }

    public Hook? CrossMap { get; init; }

    public Func<string, Tensor, Tensor>? Residual { get; init; }

    public Func<string, bool> ListensToBlock { get; init; } = _ => true;

    public List<AttentionCall> SelfMaps { get; } = [];

    public List<AttentionCall> CrossMaps { get; } = [];

    public List<string> Blocks { get; } = [];

    public bool WantsSelfQkv(in AttentionCall call) => SelfQkv is not null && Listens(call);

    public (Tensor Query, Tensor Key, Tensor Value) OnSelfQkv(in AttentionCall call, Tensor query, Tensor key, Tensor value) => SelfQkv!(call, (query, key, value));

    public bool WantsSelfMap(in AttentionCall call) => SelfMap is not null && Listens(call);

    public Tensor OnSelfMap(in AttentionCall call, Tensor map)
    {
        SelfMaps.Add(call);
        return SelfMap!(call, map);
    }

    public bool WantsValueContext(in AttentionCall call) => ValueContext is not null && Listens(call);

    public Tensor OnValueContext(in AttentionCall call, Tensor context) => ValueContext!(call, context);

    public bool WantsCrossMap(in AttentionCall call) => CrossMap is not null && Listens(call);

    public Tensor OnCrossMap(in AttentionCall call, Tensor map)
    {
        CrossMaps.Add(call);
        return CrossMap!(call, map);
    }

    public bool WantsResidual(string block, int step) => Residual is not null && ListensToBlock(block);

    public Tensor OnResidual(string block, int step, Tensor hidden)
    {
        Blocks.Add(block);
        return Residual!(block, hidden);
    }
}
