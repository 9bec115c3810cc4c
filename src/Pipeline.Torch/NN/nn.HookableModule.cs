namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module with functions that run before and after its <c>forward</c>; each may replace what it sees.</summary>
        public class HookableModule<TPreHook, TPostHook> : Module
        {
            private readonly Dictionary<string, TPreHook> _pre = [];
            private readonly Dictionary<string, TPostHook> _post = [];
            private int _count;

            protected HookableModule(string name)
                : base(name)
            {
            }

            private protected IEnumerable<TPreHook> PreHooks => _pre.Values;

            private protected IEnumerable<TPostHook> PostHooks => _post.Values;

            public HookRemover register_forward_pre_hook(TPreHook hook)
            {
                string key = $"pre{_count++}";
                _pre.Add(key, hook);
                return new HookRemover(this, key);
            }

            public HookRemover register_forward_hook(TPostHook hook)
            {
                string key = $"post{_count++}";
                _post.Add(key, hook);
                return new HookRemover(this, key);
            }

            /// <summary>Takes one hook off again.</summary>
            public class HookRemover(HookableModule<TPreHook, TPostHook> module, string key)
            {
                public void remove()
                {
                    _ = module._pre.Remove(key);
                    _ = module._post.Remove(key);
                }
            }
        }
    }
}
