namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            /// <summary>Sets the learning rates of an optimizer's groups, epoch by epoch.</summary>
            public abstract class LRScheduler
            {
                protected int _step_count;

                private readonly Optimizer _optimizer;
                private readonly bool _verbose;
                private double[] _last = [];

                protected LRScheduler(Optimizer optimizer, int last_epoch = -1, bool verbose = false)
                {
                    _optimizer = optimizer;
                    _verbose = verbose;
                    LastEpoch = last_epoch;
                    BaseRates = [.. optimizer.ParamGroups.Select(group => group.InitialLearningRate)];
                }

                private protected double[] BaseRates { get; }

                private protected int LastEpoch { get; private set; }

                /// <summary>The rates that were set last, one a group.</summary>
                public IEnumerable<double> get_last_lr() => _last;

                public virtual void step() => step((int?)null);

                /// <summary>Goes on to the next epoch, or to a given one.</summary>
                public virtual void step(int? epoch)
                {
                    _step_count++;
                    LastEpoch = epoch ?? LastEpoch + 1;
                    _last = [.. get_lr()];
                    foreach ((ILearningRateController group, double rate) in _optimizer.ParamGroups.Zip(_last))
                    {
                        group.LearningRate = rate;
                        if (_verbose)
                        {
                            Console.WriteLine($"learning rate {rate:g5}");
                        }
                    }
                }

                protected virtual IEnumerable<double> get_lr() => _optimizer.ParamGroups.Select(group => group.LearningRate);
            }

            private sealed class ClosedFormLR : LRScheduler
            {
                private readonly Func<int, double, double> _rate;

                public ClosedFormLR(Optimizer optimizer, Func<int, double, double> rate, int lastEpoch, bool verbose)
                    : base(optimizer, lastEpoch, verbose)
                {
                    _rate = rate;
                    step();
                }

                protected override IEnumerable<double> get_lr() => BaseRates.Select(rate => _rate(LastEpoch, rate));
            }
        }
    }
}
