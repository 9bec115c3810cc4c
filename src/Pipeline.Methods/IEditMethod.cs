namespace Pipeline.Methods;

/// <summary>A published editing system: one picture, several emotions, one call.</summary>
public interface IEditMethod
{
    /// <summary>Name in manifests and results, such as <c>moodifier</c>.</summary>
    string Name { get; }

    /// <summary>Edits one picture towards every emotion of the request. Synchronous, and not to be called concurrently on one instance.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Told after every denoising step.</param>
    /// <param name="cancellation">Checked before every denoising step and every decode.</param>
    /// <exception cref="EditException">The request or the options cannot be served.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is kept.</exception>
    EditResult Edit(EditRequest request, IProgress<EditProgress>? progress = null, CancellationToken cancellation = default);
}
