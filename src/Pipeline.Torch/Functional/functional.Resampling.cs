using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>
            /// Attention over [..., heads, length, size]. Uses the fused operator where this libtorch has one, and otherwise computes
            /// softmax(q kᵀ / √size + mask) v with all probabilities in memory.
            /// </summary>
            public static Tensor scaled_dot_product_attention(
                Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0, bool is_casual = false)
            {
                if (Aten.scaled_dot_product_attention.Exists)
                {
                    return Aten.scaled_dot_product_attention.Call(query, key, value, attn_mask, p, is_casual);
                }

                (Tensor result, Tensor weights) = Aten._scaled_dot_product_attention.Call2(query, key, value, attn_mask, p, false, is_casual);
                weights?.Dispose();
                return result;
            }

            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                Aten.pad.Call(input, pad, NameOf(mode), mode is PaddingModes.Constant or PaddingModes.Zeros ? value : Arg.None);

            public static Tensor pad(Tensor input, ReadOnlySpan<long> pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, pad.ToArray(), mode, value);

            public static Tensor pad(Tensor input, (long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, Pair(pad), mode, value);

            public static Tensor pad(Tensor input, (long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad.Item1, pad.Item2, pad.Item3, pad.Item4], mode, value);

            /// <summary>Resamples the spatial dimensions to <paramref name="size"/>, or by factors. Antialiased modes compute in Float32.</summary>
            public static Tensor interpolate(
                Tensor x,
                long[]? size = null,
                double[]? scale_factor = null,
                InterpolationMode mode = InterpolationMode.Nearest,
                bool? align_corners = null,
                bool recompute_scale_factor = false,
                bool antialias = false)
            {
                if (size is null == scale_factor is null)
                {
                    throw new ArgumentException("interpolate needs either a size or scale factors");
                }

                long spatial = x.ndim - 2;
                if (recompute_scale_factor)
                {
                    size = Scaled(x, scale_factor ?? throw new ArgumentException("recompute_scale_factor needs scale factors"));
                    scale_factor = null;
                }

                size = size is { Length: 1 } && spatial > 1 ? [.. Enumerable.Repeat(size[0], (int)spatial)] : size;
                scale_factor = scale_factor is { Length: 1 } && spatial > 1 ? [.. Enumerable.Repeat(scale_factor[0], (int)spatial)] : scale_factor;
                bool corners = align_corners ?? false;
                return (mode, spatial) switch
                {
                    (InterpolationMode.Nearest, 1) => Aten.upsample_nearest1d_vec.Call(x, size, scale_factor),
                    (InterpolationMode.Nearest, 2) => Aten.upsample_nearest2d_vec.Call(x, size, scale_factor),
                    (InterpolationMode.NearestExact, 2) => Aten._upsample_nearest_exact2d_vec.Call(x, size, scale_factor),
                    (InterpolationMode.Area, 2) => Aten.adaptive_avg_pool2d.Call(x, size ?? Scaled(x, scale_factor!)),
                    (InterpolationMode.Linear, 1) => Aten.upsample_linear1d_vec.Call(x, size, corners, scale_factor),
                    (InterpolationMode.Bilinear, 2) when antialias => Antialiased(Aten._upsample_bilinear2d_aa_vec, x, size, corners, scale_factor),
                    (InterpolationMode.Bicubic, 2) when antialias => Antialiased(Aten._upsample_bicubic2d_aa_vec, x, size, corners, scale_factor),
                    (InterpolationMode.Bilinear, 2) => Aten.upsample_bilinear2d_vec.Call(x, size, corners, scale_factor),
                    (InterpolationMode.Bicubic, 2) => Aten.upsample_bicubic2d_vec.Call(x, size, corners, scale_factor),
                    _ => throw new ArgumentException($"interpolation {mode} does not exist for a tensor with {spatial} spatial dimensions"),
                };
            }

            public static Tensor grid_sample(
                Tensor input, Tensor grid, GridSampleMode mode = GridSampleMode.Bilinear, GridSamplePaddingMode padding_mode = GridSamplePaddingMode.Zeros, bool? align_corners = null)
            {
                // libtorch's numbers: bilinear 0, nearest 1; zeros 0, border 1, reflection 2.
                long filter = mode == GridSampleMode.Nearest ? 1 : 0;
                long border = padding_mode switch { GridSamplePaddingMode.Border => 1, GridSamplePaddingMode.Reflection => 2, _ => 0 };
                return Aten.grid_sampler.Call(input, grid, filter, border, align_corners ?? false);
            }

            // No half-precision kernel of the antialiased filters exists on any version.
            private static Tensor Antialiased(Op op, Tensor x, long[]? size, bool corners, double[]? factors)
            {
                if (x.dtype is ScalarType.Float32 or ScalarType.Float64)
                {
                    return op.Call(x, size, corners, factors);
                }

                using Tensor wide = x.to(ScalarType.Float32);
                return op.Call(wide, size, corners, factors).to(x.dtype, disposeAfter: true);
            }

            private static long[] Scaled(Tensor x, double[] factors)
            {
                long[] sizes = x.shape[2..];
                for (int k = 0; k < sizes.Length; k++)
                {
                    sizes[k] = (long)Math.Floor(sizes[k] * factors[factors.Length == 1 ? 0 : k]);
                }

                return sizes;
            }

            private static long[] Pair((long, long) pair) => [pair.Item1, pair.Item2];

            private static long[] Pair(long both) => [both, both];

            private static string NameOf(Padding padding) => padding == Padding.Same ? "same" : "valid";

            private static string NameOf(PaddingModes mode) => mode switch
            {
                PaddingModes.Constant or PaddingModes.Zeros => "constant",
                PaddingModes.Reflect => "reflect",
                PaddingModes.Replicate => "replicate",
                PaddingModes.Circular => "circular",
                _ => throw new ArgumentOutOfRangeException(nameof(mode), $"unknown padding mode {mode}"),
            };
        }
    }
}
