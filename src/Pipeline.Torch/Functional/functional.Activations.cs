using TorchSharp.Modules;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // Activations. In place, the result shares its memory with the input.
        public static partial class functional
        {
            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? Aten.relu_.On(x).alias() : Aten.relu.Call(x);

            public static Tensor relu6(Tensor x, bool inplace = false) => inplace ? Aten.relu6_.On(x).alias() : Aten.relu6.Call(x);

            public static Tensor silu(Tensor x, bool inplace = false) => inplace ? Aten.silu_.On(x).alias() : Aten.silu.Call(x);

            public static Tensor gelu(Tensor x) => Aten.gelu.Call(x);

            public static Tensor gelu(Tensor x, bool inplace) => gelu(x, Modules.GELU.Approximate.none, inplace);

            public static Tensor gelu(Tensor x, GELU.Approximate approximate, bool inplace = false) =>
                inplace ? Aten.gelu_.On(x, approximate.ToString()).alias() : Aten.gelu.Call(x, approximate.ToString());

            public static Tensor sigmoid(Tensor x) => Aten.sigmoid.Call(x);

            public static Tensor sigmoid(Tensor x, bool inplace) => inplace ? Aten.sigmoid_.On(x).alias() : Aten.sigmoid.Call(x);

            public static Tensor tanh(Tensor x, bool inplace = false) => inplace ? Aten.tanh_.On(x).alias() : Aten.tanh.Call(x);

            public static Tensor elu(Tensor x, double alpha, bool inplace = false) => inplace ? Aten.elu_.On(x, alpha).alias() : Aten.elu.Call(x, alpha);

            public static Tensor celu(Tensor x, double alpha, bool inplace = false) => inplace ? Aten.celu_.On(x, alpha).alias() : Aten.celu.Call(x, alpha);

            public static Tensor selu(Tensor x, bool inplace = false) => inplace ? Aten.selu_.On(x).alias() : Aten.selu.Call(x);

            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01, bool inplace = false) =>
                inplace ? Aten.leaky_relu_.On(input, negative_slope).alias() : Aten.leaky_relu.Call(input, negative_slope);

            public static Tensor hardtanh(Tensor x, double min_val = -1, double max_val = 1, bool inplace = false) =>
                inplace ? Aten.hardtanh_.On(x, min_val, max_val).alias() : Aten.hardtanh.Call(x, min_val, max_val);

            public static Tensor hardswish(Tensor input, bool inplace = false) => inplace ? Aten.hardswish_.On(input).alias() : Aten.hardswish.Call(input);

            public static Tensor hardsigmoid(Tensor input, bool inplace = false) =>
                inplace ? Aten.hardsigmoid_.On(input).alias() : Aten.hardsigmoid.Call(input);

            public static Tensor mish(Tensor x, bool inplace = false) => inplace ? Aten.mish_.On(x).alias() : Aten.mish.Call(x);

            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) => Aten.softplus.Call(x, beta, threshold);

            public static Tensor logsigmoid(Tensor x) => Aten.log_sigmoid.Call(x);

            public static Tensor glu(Tensor input, long dim = -1) => Aten.glu.Call(input, dim);

            public static Tensor prelu(Tensor input, Tensor weight) => Aten.prelu.Call(input, weight);

            public static Tensor threshold(Tensor x, double threshold, double value, bool inplace = false) =>
                inplace ? Aten.threshold_.On(x, threshold, value).alias() : Aten.threshold.Call(x, threshold, value);

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => Aten.softmax_int.Call(input, dim, dtype);

            public static Tensor log_softmax(Tensor x, long dim) => Aten.log_softmax_int.Call(x, dim);

            public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1e-12)
            {
                using Tensor norm = linalg.vector_norm(input, p, [dim], true);
                using Tensor divisor = norm.clamp_min(eps);
                return input.div(divisor);
            }

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                inplace ? Aten.dropout_.On(input, p, training).alias() : Aten.dropout.Call(input, p, training);
        }
    }
}
