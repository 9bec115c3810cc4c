using Pipeline.Diffusion.Inversion;
using Pipeline.Methods;
using Pipeline.Stages.Core;
using Pipeline.Stages.Inversion;
using static TorchSharp.torch;

namespace Pipeline.Stages.Editing;

/// <summary>
/// The computation of the edit stage. Edits of one picture with the same source prompt and parameters go through the UNet together, with one source branch for all of them;
/// their results are those of editing one by one.
/// </summary>
public sealed class EditWork(EditModels models, EditMethods methods) : IDisposable
{
    private (string Key, IEditMethod Method)? last;

    /// <summary>Edits a batch; results are in its order.</summary>
    public IReadOnlyList<UnitOutcome<EditedPicture>> Run(IReadOnlyList<EditInput> batch, CancellationToken cancellation)
    {
        var outcomes = new UnitOutcome<EditedPicture>[batch.Count];
        foreach (IGrouping<(string, string, string, string), int> group in Enumerable.Range(0, batch.Count).GroupBy(i => batch[i].SharedSource))
        {
            int[] members = [.. group];
            if (members.Length > 1 && TryTogether(batch, members, outcomes, cancellation))
            {
                continue;
            }

            foreach (int i in members)
            {
                outcomes[i] = Alone(batch[i], cancellation);
            }
        }

        return outcomes;
    }

    /// <summary>Frees what the last method holds.</summary>
    public void Dispose()
    {
        (last?.Method as IDisposable)?.Dispose();
        last = null;
    }

    // One impossible edit must not take its group with it: whatever goes wrong together is tried one by one.
    private bool TryTogether(IReadOnlyList<EditInput> batch, int[] members, UnitOutcome<EditedPicture>[] outcomes, CancellationToken cancellation)
    {
        try
        {
            IReadOnlyList<EditedPicture> results = Edit([.. members.Select(i => batch[i])], cancellation);
            for (int k = 0; k < members.Length; k++)
            {
                outcomes[members[k]] = results[k];
            }

            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return false;
        }
    }

    private UnitOutcome<EditedPicture> Alone(EditInput input, CancellationToken cancellation)
    {
        try
        {
            return Edit([input], cancellation)[0];
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return UnitOutcome.Failed<EditedPicture>(e);
        }
    }

    private IReadOnlyList<EditedPicture> Edit(IReadOnlyList<EditInput> edits, CancellationToken cancellation)
    {
        EditInput first = edits[0];
        using Tensor? latent = first.Latent is not { Length: > 0 } ? null : tensor(first.Latent, first.LatentShape!).to(models.Diffusion.Device); // [1, C, h, w]
        using InversionArtefact? inverted = first.Inverted is { } stored ? StoredInversion.Read(stored, models.Diffusion.Device) : null;
        var request = new EditRequest(first.Picture, first.SourceSha256, first.Prompts.Source, [.. edits.Select(Wanted)], first.Seed) { Latent = latent, Inverted = inverted };
        EditResult result = MethodFor(first).Edit(request, null, cancellation);
        return [.. result.Images.Select(image => new EditedPicture(image, result.Timesteps, result.SampleForwards / edits.Count))];
    }

    private static EmotionEdit Wanted(EditInput edit) => new(edit.Emotion, edit.Prompts.Target, edit.Map, edit.Intensity, edit.Seed)
    {
        TargetPhrases = edit.Prompts.TargetPhrases,
        SourcePhrases = edit.Prompts.SourcePhrases,
    };

    // The method caches text states, so it is kept while the parameters stay the same.
    private IEditMethod MethodFor(EditInput input)
    {
        string key = $"{input.Method}\n{input.ParamsKey}";
        if (last?.Key != key)
        {
            Dispose();
            last = (key, methods[input.Method].Create(input.Params, models));
        }

        return last!.Value.Method;
    }
}
