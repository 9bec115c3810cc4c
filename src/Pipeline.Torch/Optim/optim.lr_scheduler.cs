namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        /// <summary>Learning rates as functions of the epoch. Making a schedule sets the rate of epoch 0; each <c>step</c> sets that of the next one.</summary>
        public static partial class lr_scheduler
        {
            /// <summary>Initial rate times a function of the epoch.</summary>
            public static LRScheduler LambdaLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1, bool verbose = false) =>
                new ClosedFormLR(optimizer, (epoch, rate) => rate * lr_lambda(epoch), last_epoch, verbose);

            /// <summary>A rate that falls by a factor every so many epochs.</summary>
            public static LRScheduler StepLR(Optimizer optimizer, int step_size, double gamma = 0.1, int last_epoch = -1, bool verbose = false) =>
                new ClosedFormLR(optimizer, (epoch, rate) => rate * Math.Pow(gamma, epoch / step_size), last_epoch, verbose);

            public static LRScheduler ExponentialLR(Optimizer optimizer, double gamma = 0.1, int last_epoch = -1, bool verbose = false) =>
                new ClosedFormLR(optimizer, (epoch, rate) => rate * Math.Pow(gamma, epoch), last_epoch, verbose);

            /// <summary>A factor that lasts for the first epochs.</summary>
            public static LRScheduler ConstantLR(
                Optimizer optimizer, double factor = 1.0 / 3, int total_iters = 5, int last_epoch = -1, bool verbose = false) =>
                new ClosedFormLR(optimizer, (epoch, rate) => epoch < total_iters ? rate * factor : rate, last_epoch, verbose);

            /// <summary>A factor that moves evenly from one value to another (warm-up).</summary>
            public static LRScheduler LinearLR(
                Optimizer optimizer, double start_factor = 1.0 / 3, double end_factor = 1, int total_iters = 5, int last_epoch = -1, bool verbose = false) =>
                new ClosedFormLR(
                    optimizer,
                    (epoch, rate) => rate * (start_factor + ((end_factor - start_factor) * Math.Min(total_iters, epoch) / total_iters)),
                    last_epoch,
                    verbose);

            /// <summary>Half a cosine from the initial rate down to <paramref name="eta_min"/> in <paramref name="T_max"/> epochs, and up again (Loshchilov and Hutter 2017, eq. 5).</summary>
            public static LRScheduler CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false) =>
                new ClosedFormLR(optimizer, (epoch, rate) => eta_min + ((rate - eta_min) * (1 + Math.Cos(Math.PI * epoch / T_max)) / 2), last_epoch, verbose);
        }
    }
}
