using Pipeline.Diffusion.Branches;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Guidance;

/// <summary>Classifier-free guidance: e = e_u + w (e_c - e_u).</summary>
/// <remarks>
/// J. Ho, T. Salimans, "Classifier-Free Diffusion Guidance", 2022 (arXiv:2207.12598), with w counted as is usual in Stable Diffusion: 1 is conditional only, 0 unconditional.
/// The mix is computed in float32 whatever the model's type: in half precision the difference of two close numbers times a large w loses most of its bits.
/// </remarks>
public static class ClassifierFreeGuidance
{
    /// <summary>Mixes two predictions of the same shape. w = 1 gives e_c and w = 0 gives e_u bit for bit. The result is new (float32 or wider) and owned by the caller.</summary>
    public static Tensor Mix(Tensor unconditional, Tensor conditional, double scale)
    {
        using var scope = NewDisposeScope();
        Tensor e = scale switch
        {
            1.0 => Wide(conditional).clone(),
            0.0 => Wide(unconditional).clone(),
            _ => Wide(unconditional) + (Wide(conditional) - Wide(unconditional)) * scale,
        };
        return e.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Turns the predictions of a UNet batch [rows, C, h, w] into one prediction per branch [branches, C, h, w], each with its own scale. A branch without an unconditional
    /// row gets its conditional prediction unchanged. The result is owned by the caller.
    /// </summary>
    public static Tensor Combine(BranchLayout layout, Tensor rows)
    {
        if (rows.shape[0] != layout.Rows.Count)
        {
            throw new DiffusionException($"the prediction has {rows.shape[0]} rows, the layout {layout.Rows.Count}");
        }

        using var scope = NewDisposeScope();
        Tensor[] mixed = new Tensor[layout.Branches.Count];
        for (int b = 0; b < mixed.Length; b++)
        {
            Tensor conditional = rows.narrow(0, layout.Row(b, GuidanceHalf.Conditional), 1);
            int row = layout.Row(b, GuidanceHalf.Unconditional);
            mixed[b] = row < 0 ? Wide(conditional) : Mix(rows.narrow(0, row, 1), conditional, layout.Branches[b].GuidanceScale);
        }

        return cat(mixed).MoveToOuterDisposeScope(); // [branches, C, h, w]
    }

    /// <summary>Both halves of <paramref name="count"/> branches from <paramref name="first"/> on, of a prediction as in <see cref="Combine"/>. In the current dispose scope.</summary>
    public static GuidanceHalves Halves(BranchLayout layout, Tensor rows, int first, int count)
    {
        int[] branches = [.. Enumerable.Range(first, count)];
        Tensor Stack(GuidanceHalf half) => Wide(cat([.. branches.Select(b => rows.narrow(0, layout.RowOrConditional(b, half), 1))])); // [B, C, h, w]
        return new GuidanceHalves(Stack(GuidanceHalf.Unconditional), Stack(GuidanceHalf.Conditional), [.. branches.Select(b => layout.Branches[b].GuidanceScale)]);
    }

    // float64 (tests, analyses) stays float64.
    private static Tensor Wide(Tensor x) => x.dtype == ScalarType.Float64 ? x : x.to_type(ScalarType.Float32);
}
