using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Guidance;
using Pipeline.Diffusion.Inversion;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Sampling;

/// <summary>
/// The one denoising loop of all editing methods: one UNet call a step for all branches of all pictures, guidance per branch, the inversion's step and the blend per picture. Methods differ only in
/// the objects they hand in.
/// </summary>
public sealed class EditingLoop(INoisePredictor predictor)
{
    /// <summary>Runs a batch.</summary>
    /// <param name="batch">Pictures and branches.</param>
    /// <param name="control">Attention control over the batch's layout, or null.</param>
    /// <param name="onStep">Called after every step with the number of finished steps.</param>
    /// <param name="cancellation">Checked before every step.</param>
    /// <returns>The state after the last step, one a picture, source in row 0; <see cref="ISourceTrajectory.Result"/> tells which of its tensors is the result. Owned by the caller.</returns>
    public IReadOnlyList<BranchState> Run(EditBatch batch, IAttentionControl? control, Action<int>? onStep, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        Tensor[] latents = [.. batch.Groups.Select(g => g.Trajectory.Start(g.Branches.Count))];
        BranchState[] states = batch.Timesteps.Count == 0 ? [.. latents.Select(z => new BranchState(z, z.clone()))] : [];
        IAttentionControl? all = WithTrajectories(batch, control);
        for (int k = 0; k < batch.Timesteps.Count; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            BranchState[] next = Step(batch, all, latents, k);
            foreach (Tensor old in latents.Concat(states.Select(s => s.Predicted)))
            {
                old.Dispose();
            }

            states = next;
            latents = [.. states.Select(s => s.Latents)];
            onStep?.Invoke(k + 1);
        }

        return [.. states.Select(s => new BranchState(s.Latents.MoveToOuterDisposeScope(), s.Predicted.MoveToOuterDisposeScope()))];
    }

    private static IAttentionControl? WithTrajectories(EditBatch batch, IAttentionControl? control)
    {
        IAttentionControl[] own = [.. batch.Groups.Select((g, i) => g.Trajectory.Control(batch.Layout, i)).OfType<IAttentionControl>()];
        return own.Length == 0 ? control : new ControlChain(control is null ? own : [.. own, control]);
    }

    private BranchState[] Step(EditBatch batch, IAttentionControl? control, Tensor[] latents, int k)
    {
        using var scope = NewDisposeScope();
        Tensor z = latents.Length == 1 ? latents[0] : cat(latents); // [branches, C, h, w]
        Tensor rows = cat([.. batch.Layout.Rows.Select(r => z.narrow(0, r.Branch, 1))]); // [rows, C, h, w]
        Tensor prediction = batch.IsWithoutSource(k) ? Completed(batch, rows, k) : Whole(batch, rows, control, k); // [rows, C, h, w]
        Tensor noise = ClassifierFreeGuidance.Combine(batch.Layout, prediction); // [branches, C, h, w]

        BranchState[] states = new BranchState[latents.Length];
        for (int g = 0, first = 0; g < states.Length; first += batch.Groups[g].Branches.Count, g++)
        {
            EditGroup group = batch.Groups[g];
            Tensor guided = group.Trajectory.Guide(ClassifierFreeGuidance.Halves(batch.Layout, prediction, first, group.Branches.Count), k)
                ?? noise.narrow(0, first, group.Branches.Count);
            BranchState state = group.Trajectory.Step(latents[g], guided, k);
            state = group.Blend?.Apply(state, k) ?? state;
            states[g] = new BranchState(state.Latents.MoveToOuterDisposeScope(), state.Predicted.MoveToOuterDisposeScope());
        }

        return states;
    }

    private Tensor Whole(EditBatch batch, Tensor rows, IAttentionControl? control, int k)
    {
        Tensor prediction = predictor.Predict(rows, batch.Timesteps[k], batch.ContextAt(k), control, k);
        for (int g = 0; g < batch.Groups.Count; g++)
        {
            if (batch.Groups[g].Source is { } known)
            {
                known.Keep(k, cat([.. OwnRows(batch, g).Select(row => prediction.narrow(0, row, 1))]));
            }
        }

        return prediction;
    }

    // Nothing reads the source in this step, and what the model says of it is known: only the other rows run.
    private Tensor Completed(EditBatch batch, Tensor rows, int k)
    {
        using Tensor others = tensor(batch.OtherRows.Select(row => (long)row).ToArray()).to(rows.device);
        Tensor predicted = predictor.Predict(rows.index_select(0, others), batch.Timesteps[k], batch.ContextAt(k).index_select(0, others), null, k);
        var all = new Tensor[batch.Layout.Rows.Count];
        for (int i = 0; i < batch.OtherRows.Count; i++)
        {
            all[batch.OtherRows[i]] = predicted.narrow(0, i, 1);
        }

        for (int g = 0; g < batch.Groups.Count; g++)
        {
            int at = 0;
            foreach (int row in OwnRows(batch, g))
            {
                all[row] = batch.Groups[g].Source!.At(k)!.narrow(0, at++, 1);
            }
        }

        return cat(all);
    }

    private static IEnumerable<int> OwnRows(EditBatch batch, int group) => batch.SourceRows.Where(row => batch.Layout.Branches[batch.Layout.Rows[row].Branch].Group == group);
}
