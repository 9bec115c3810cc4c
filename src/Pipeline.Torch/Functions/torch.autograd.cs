using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Automatic differentiation.</summary>
    public static unsafe class autograd
    {
        public static void backward(
            IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null)
        {
            nint[] roots = Handles(tensors);
            nint[]? gradients = grad_tensors is null ? null : Handles(grad_tensors);
            nint[] leaves = inputs is null ? [] : Handles(inputs);
            RequireAsMany(tensors, grad_tensors);
            fixed (nint* r = roots, g = gradients, l = leaves)
            {
                EngineErrors.Check(NativeEngine.eng_backward(r, g, roots.Length, Flag(retain_graph), create_graph ? 1 : 0, l, leaves.Length));
            }

            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
        }

        public static void backward(
            Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);

        /// <summary>Gradients of the outputs with respect to each input, as new tensors; null for an input that was not used, when that is allowed.</summary>
        public static IList<Tensor> grad(
            IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            nint[] from = Handles(outputs);
            nint[] to = Handles(inputs);
            nint[]? gradients = grad_outputs is null ? null : Handles(grad_outputs);
            RequireAsMany(outputs, grad_outputs);
            nint[] results = new nint[to.Length];
            fixed (nint* f = from, t = to, g = gradients, r = results)
            {
                EngineErrors.Check(NativeEngine.eng_grad(
                    f, from.Length, t, to.Length, g, retain_graph || create_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, r));
            }

            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            return Array.ConvertAll(results, handle => Tensor.Own(handle)!);
        }

        private static nint[] Handles(IList<Tensor> tensors)
        {
            nint[] handles = new nint[tensors.Count];
            for (int k = 0; k < handles.Length; k++)
            {
                handles[k] = tensors[k] is { } tensor ? tensor.Live : 0;
            }

            return handles;
        }

        private static void RequireAsMany(IList<Tensor> outputs, IList<Tensor>? gradients)
        {
            if (gradients is not null && gradients.Count != outputs.Count)
            {
                throw new ArgumentException($"{outputs.Count} outputs were given {gradients.Count} gradients");
            }
        }

        private static int Flag(bool? value) => value switch { null => -1, true => 1, false => 0 };
    }
}
