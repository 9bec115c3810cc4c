using Pipeline.Diffusion.Inversion;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Methods;
using Pipeline.Stages.Core;
using Pipeline.Stages.Inversion;
using Pipeline.Stages.Scoring;
using static TorchSharp.torch;

namespace Pipeline.Stages.Editing;

/// <summary>
/// The computation of the edit stage. Edits of one picture with the same source prompt and parameters go through the UNet together, with one source branch for all of them;
/// their results are those of editing one by one.
/// </summary>
/// <param name="models">The models of the run.</param>
/// <param name="methods">The methods.</param>
/// <param name="presence">Tells how far a source evokes an emotion already; null where the model folder has no CLIP.</param>
public sealed class EditWork(EditModels models, EditMethods methods, EmotionPresence? presence = null) : IDisposable
{
    private (string Key, IEditMethod Method)? last;

    /// <summary>Edits a batch; results are in its order.</summary>
    public IReadOnlyList<UnitOutcome<EditedPicture>> Run(IReadOnlyList<EditInput> batch, CancellationToken cancellation)
    {
        var outcomes = new UnitOutcome<EditedPicture>[batch.Count];
        List<int> wanted = [];
        for (int i = 0; i < batch.Count; i++)
        {
            if (LeftOut(batch[i]) is { } outcome)
            {
                outcomes[i] = outcome;
            }
            else
            {
                wanted.Add(i);
            }
        }

        foreach (IGrouping<(string, string, string, string), int> group in wanted.GroupBy(i => batch[i].SharedSource))
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

    private UnitOutcome<EditedPicture>? LeftOut(EditInput input)
    {
        if (methods[input.Method].SkipIfAlready(input.Params) is not { } threshold)
        {
            return null;
        }

        if (presence is null)
        {
            return UnitOutcome.Failed<EditedPicture>(new EditException("PIPE3101", "skipIfAlready needs a CLIP in the model folder: it tells whether a picture evokes an emotion"));
        }

        if (presence.Of(input.Picture, input.Emotion) is not { } found || found <= threshold)
        {
            return null;
        }

        RgbImage source = input.Picture;
        var kept = new EditedImage(
            input.Emotion, source, MaskImage.Filled(source.Width, source.Height, 0), MaskSource.Global, input.Prompts.Source, input.Prompts.Target, "", false, 1, input.Seed);
        return new EditedPicture(kept, [], 0) { Skipped = new SkippedEdit(found, threshold) };
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
