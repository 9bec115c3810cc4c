namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module that computes. Override <c>forward</c>; <c>call</c> runs it with the hooks.</summary>
        public abstract class Module<T, TResult>(string name)
            : HookableModule<
                Func<Module<T, TResult>, T, T>,
                Func<Module<T, TResult>, T, TResult, TResult>>(name), IModule<T, TResult>
        {
            public abstract TResult forward(T input);

            public TResult call(T input)
            {
                foreach (var hook in PreHooks)
                {
                    input = hook(this, input) ?? input;
                }

                TResult result = forward(input);
                foreach (var hook in PostHooks)
                {
                    result = hook(this, input, result) ?? result;
                }

                return result;
            }
        }

        /// <summary>A module that computes. Override <c>forward</c>; <c>call</c> runs it with the hooks.</summary>
        public abstract class Module<T1, T2, TResult>(string name)
            : HookableModule<
                Func<Module<T1, T2, TResult>, T1, T2, (T1, T2)?>,
                Func<Module<T1, T2, TResult>, T1, T2, TResult, TResult>>(name), IModule<T1, T2, TResult>
        {
            public abstract TResult forward(T1 input1, T2 input2);

            public TResult call(T1 input1, T2 input2)
            {
                foreach (var hook in PreHooks)
                {
                    if (hook(this, input1, input2) is (var changed1, var changed2))
                    {
                        input1 = changed1;
                        input2 = changed2;
                    }
                }

                TResult result = forward(input1, input2);
                foreach (var hook in PostHooks)
                {
                    result = hook(this, input1, input2, result) ?? result;
                }

                return result;
            }
        }

        /// <summary>A module that computes. Override <c>forward</c>; <c>call</c> runs it with the hooks.</summary>
        public abstract class Module<T1, T2, T3, TResult>(string name)
            : HookableModule<
                Func<Module<T1, T2, T3, TResult>, T1, T2, T3, (T1, T2, T3)?>,
                Func<Module<T1, T2, T3, TResult>, T1, T2, T3, TResult, TResult>>(name), IModule<T1, T2, T3, TResult>
        {
            public abstract TResult forward(T1 input1, T2 input2, T3 input3);

            public TResult call(T1 input1, T2 input2, T3 input3)
            {
                foreach (var hook in PreHooks)
                {
                    if (hook(this, input1, input2, input3) is (var changed1, var changed2, var changed3))
                    {
                        input1 = changed1;
                        input2 = changed2;
                        input3 = changed3;
                    }
                }

                TResult result = forward(input1, input2, input3);
                foreach (var hook in PostHooks)
                {
                    result = hook(this, input1, input2, input3, result) ?? result;
                }

                return result;
            }
        }

        /// <summary>A module that computes. Override <c>forward</c>; <c>call</c> runs it with the hooks.</summary>
        public abstract class Module<T1, T2, T3, T4, TResult>(string name)
            : HookableModule<
                Func<Module<T1, T2, T3, T4, TResult>, T1, T2, T3, T4, (T1, T2, T3, T4)?>,
                Func<Module<T1, T2, T3, T4, TResult>, T1, T2, T3, T4, TResult, TResult>>(name), IModule<T1, T2, T3, T4, TResult>
        {
            public abstract TResult forward(T1 input1, T2 input2, T3 input3, T4 input4);

            public TResult call(T1 input1, T2 input2, T3 input3, T4 input4)
            {
                foreach (var hook in PreHooks)
                {
                    if (hook(this, input1, input2, input3, input4) is (var changed1, var changed2, var changed3, var changed4))
                    {
                        input1 = changed1;
                        input2 = changed2;
                        input3 = changed3;
                        input4 = changed4;
                    }
                }

                TResult result = forward(input1, input2, input3, input4);
                foreach (var hook in PostHooks)
                {
                    result = hook(this, input1, input2, input3, input4, result) ?? result;
                }

                return result;
            }
        }

        /// <summary>A module that computes. Override <c>forward</c>; <c>call</c> runs it with the hooks.</summary>
        public abstract class Module<T1, T2, T3, T4, T5, TResult>(string name)
            : HookableModule<
                Func<Module<T1, T2, T3, T4, T5, TResult>, T1, T2, T3, T4, T5, (T1, T2, T3, T4, T5)?>,
                Func<Module<T1, T2, T3, T4, T5, TResult>, T1, T2, T3, T4, T5, TResult, TResult>>(name), IModule<T1, T2, T3, T4, T5, TResult>
        {
            public abstract TResult forward(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5);

            public TResult call(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5)
            {
                foreach (var hook in PreHooks)
                {
                    if (hook(this, input1, input2, input3, input4, input5) is (var changed1, var changed2, var changed3, var changed4, var changed5))
                    {
                        input1 = changed1;
                        input2 = changed2;
                        input3 = changed3;
                        input4 = changed4;
                        input5 = changed5;
                    }
                }

                TResult result = forward(input1, input2, input3, input4, input5);
                foreach (var hook in PostHooks)
                {
                    result = hook(this, input1, input2, input3, input4, input5, result) ?? result;
                }

                return result;
            }
        }

        /// <summary>A module that computes. Override <c>forward</c>; <c>call</c> runs it with the hooks.</summary>
        public abstract class Module<T1, T2, T3, T4, T5, T6, TResult>(string name)
            : HookableModule<
                Func<Module<T1, T2, T3, T4, T5, T6, TResult>, T1, T2, T3, T4, T5, T6, (T1, T2, T3, T4, T5, T6)?>,
                Func<Module<T1, T2, T3, T4, T5, T6, TResult>, T1, T2, T3, T4, T5, T6, TResult, TResult>>(name), IModule<T1, T2, T3, T4, T5, T6, TResult>
        {
            public abstract TResult forward(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5, T6 input6);

            public TResult call(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5, T6 input6)
            {
                foreach (var hook in PreHooks)
                {
                    if (hook(this, input1, input2, input3, input4, input5, input6) is (var changed1, var changed2, var changed3, var changed4, var changed5, var changed6))
                    {
                        input1 = changed1;
                        input2 = changed2;
                        input3 = changed3;
                        input4 = changed4;
                        input5 = changed5;
                        input6 = changed6;
                    }
                }

                TResult result = forward(input1, input2, input3, input4, input5, input6);
                foreach (var hook in PostHooks)
                {
                    result = hook(this, input1, input2, input3, input4, input5, input6, result) ?? result;
                }

                return result;
            }
        }
    }
}
