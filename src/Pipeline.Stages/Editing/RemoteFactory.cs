using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Imaging;
using Pipeline.Methods;
using Pipeline.Methods.Baselines;

namespace Pipeline.Stages.Editing;

/// <summary>An editor behind HTTP. Loads no model.</summary>
/// <param name="access">What this worker may call; asked when a method is made.</param>
public sealed class RemoteFactory(Func<RemoteAccess> access) : IEditMethodFactory
{
    // How patient the client is decides nothing about results.
    private static readonly string[] WithoutEffect = ["timeoutSeconds", "attempts", "retryDelaySeconds", "maxResponseBytes"];
    private readonly MethodParams<RemoteOptions> reader = new("remote", [("default", new RemoteOptions())], options => options.Check());

    /// <summary>Over what the environment allows.</summary>
    public RemoteFactory()
        : this(RemoteAccess.FromEnvironment)
    {
    }

    /// <inheritdoc />
    public string Name => "remote";

    /// <inheritdoc />
    public JsonObject Normalise(JsonElement? parameters)
    {
        JsonObject all = reader.Write(reader.Read(parameters));
        foreach (string member in WithoutEffect)
        {
            all.Remove(member);
        }

        SkippedEdit.Trim(all);
        return all;
    }

    /// <inheritdoc />
    public JsonObject SourceParameters(JsonElement? parameters) => [];

    /// <inheritdoc />
    public bool IsRemote => true;

    /// <inheritdoc />
    public long EstimateForwards(JsonElement? parameters, int edits)
    {
        _ = reader.Read(parameters);
        return 0;
    }

    /// <inheritdoc />
    public IEditMethod Create(JsonElement? parameters, EditModels models) => new RemoteEditor(reader.Read(parameters), access());

    /// <inheritdoc />
    public (float[] Values, long[] Shape) EncodeSource(JsonElement? parameters, EditModels models, RgbImage picture) => ([], [0]);
}
