using TorchSharp.Modules;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Gradients of many parameters at once.</summary>
        public static class utils
        {
            /// <summary>
            /// Scales all gradients by one factor so that their joint norm is at most <paramref name="max_norm"/>; returns the norm before. The norm is the norm of the
            /// norms of the single gradients, as in PyTorch.
            /// </summary>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                using DisposeScope scope = NewDisposeScope();
                using IDisposable recording = no_grad();
                Tensor[] gradients = Gradients(tensors);
                if (gradients.Length == 0)
                {
                    return 0;
                }

                Tensor norms = stack(gradients.Select(g => linalg.vector_norm(g, norm_type)));
                double total = linalg.vector_norm(norms, norm_type).ToDouble();
                double factor = max_norm / (total + 1e-6);
                if (factor < 1)
                {
                    Aten._foreach_mul__Scalar.Run(gradients, factor);
                }

                return total;
            }

            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                using DisposeScope scope = NewDisposeScope();
                using IDisposable recording = no_grad();
                foreach (Tensor gradient in Gradients(tensors))
                {
                    _ = gradient.clamp_((Scalar)(-clip_value), (Scalar)clip_value);
                }
            }

            /// <summary>All elements of all parameters in one vector, a copy.</summary>
            public static Tensor parameters_to_vector(IEnumerable<Parameter> tensors)
            {
                using DisposeScope scope = NewDisposeScope();
                return cat(tensors.Select(t => t.reshape(-1)).ToArray()).MoveToOuterDisposeScope();
            }

            private static Tensor[] Gradients(IEnumerable<Parameter> tensors) => [.. tensors.Select(t => t.grad).Where(g => g is not null)];
        }
    }
}
