using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Networks: modules, their functions, initial values.</summary>
    public static partial class nn
    {
        public static Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);

        public static ModuleList<Module> ModuleList(params Module[] modules) => new(modules);

        public static ModuleList<T> ModuleList<T>(params T[] modules)
            where T : Module => new(modules);

        public static ModuleDict<Module> ModuleDict(params (string, Module)[] modules) => new(modules);

        public static ModuleDict<T> ModuleDict<T>(params (string, T)[] modules)
            where T : Module => new(modules);

        public static Sequential Sequential() => new(Array.Empty<Module<Tensor, Tensor>>());

        public static Sequential Sequential(params Module<Tensor, Tensor>[] modules) => new(modules);

        public static Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) => new(modules);

        public static Sequential Sequential(IEnumerable<Module<Tensor, Tensor>> modules) => new(modules.ToArray());

        public static Sequential Sequential(IEnumerable<(string name, Module<Tensor, Tensor> submodule)> modules) => new(modules.ToArray());

        public static Identity Identity() => new();

        public static SiLU SiLU() => new(false);

        public static SiLU SiLU(bool inplace) => new(inplace);

        public static ReLU ReLU(bool inplace = false) => new(inplace);

        public static GELU GELU() => new(Modules.GELU.Approximate.none, false);

        public static GELU GELU(bool inplace) => new(Modules.GELU.Approximate.none, inplace);

        public static GELU GELU(GELU.Approximate approximate, bool inplace = false) => new(approximate, inplace);

        public static Sigmoid Sigmoid() => new(false);

        public static Sigmoid Sigmoid(bool inplace) => new(inplace);

        public static Tanh Tanh() => new(false);

        public static LeakyReLU LeakyReLU(double negative_slope = 0.01, bool inplace = false) => new(negative_slope, inplace);

        public static Dropout Dropout(double p = 0.5, bool inplace = false) => new(p, inplace);

        public static Softmax Softmax(long dim) => new(dim);

        public static Flatten Flatten(long start_dim = 1, long end_dim = -1) => new(start_dim, end_dim);

        /// <summary>A linear map with PyTorch's initial values: both uniform within ±1/√inputs.</summary>
        public static Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null)
        {
            (Parameter weight, Parameter? bias) = Initial([outputSize, inputSize], hasBias, device, dtype);
            return new Linear(weight, bias);
        }

        public static Linear Linear(Parameter weight, Parameter? bias = null) => new(weight, bias);

        public static LayerNorm LayerNorm(
            long[] normalized_shape, double eps = 1e-05, bool elementwise_affine = true, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
            new(
                normalized_shape,
                eps,
                elementwise_affine ? new Parameter(ones(normalized_shape, dtype, device)) : null,
                elementwise_affine && bias ? new Parameter(zeros(normalized_shape, dtype, device)) : null);

        public static LayerNorm LayerNorm(
            long normalized_shape, double eps = 1e-05, bool elementwise_affine = true, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
            LayerNorm([normalized_shape], eps, elementwise_affine, bias, device, dtype);

        public static GroupNorm GroupNorm(
            long num_groups, long num_channels, double eps = 1e-05, bool affine = true, Device? device = null, ScalarType? dtype = null) =>
            new(
                num_groups,
                eps,
                affine ? new Parameter(ones(num_channels, dtype, device)) : null,
                affine ? new Parameter(zeros(num_channels, dtype, device)) : null);

        public static BatchNorm1d BatchNorm1d(
            long num_features, double eps = 1e-05, double momentum = 0.1, bool affine = true, bool track_running_stats = true, Device? device = null, ScalarType? dtype = null) =>
            new(num_features, eps, momentum, affine, track_running_stats, device, dtype);

        public static BatchNorm2d BatchNorm2d(
            long num_features, double eps = 1e-05, double momentum = 0.1, bool affine = true, bool track_running_stats = true, Device? device = null, ScalarType? dtype = null) =>
            new(num_features, eps, momentum, affine, track_running_stats, device, dtype);

        /// <summary>A table of normally distributed rows; the padding row is zero.</summary>
        public static Embedding Embedding(
            long num_embeddings,
            long embedding_dims,
            long? padding_idx = null,
            double? max_norm = null,
            double norm_type = 2,
            bool scale_grad_by_freq = false,
            bool sparse = false,
            Device? device = null,
            ScalarType? dtype = null)
        {
            if (max_norm is not null || scale_grad_by_freq || sparse)
            {
                throw new NotSupportedException("this engine's embeddings have no maximum norm, frequency scaling or sparse gradients");
            }

            Tensor weight = randn(num_embeddings, embedding_dims, dtype, device);
            if (padding_idx is long row)
            {
                using Tensor padding = weight.select(0, row);
                _ = padding.zero_();
            }

            return new Embedding(new Parameter(weight), padding_idx);
        }

        /// <summary>PyTorch's initial values of linear and convolution layers: weight and bias uniform within ±1/√fan-in.</summary>
        private static (Parameter Weight, Parameter? Bias) Initial(long[] shape, bool hasBias, Device? device, ScalarType? dtype)
        {
            Parameter weight = new(empty(shape, dtype, device));
            _ = init.kaiming_uniform_(weight, Math.Sqrt(5));
            if (!hasBias)
            {
                return (weight, null);
            }

            double bound = 1 / Math.Sqrt(init.CalculateFanInAndFanOut(weight).fanIn);
            Parameter bias = new(empty(shape[0], dtype, device));
            _ = init.uniform_(bias, -bound, bound);
            return (weight, bias);
        }
    }
}
