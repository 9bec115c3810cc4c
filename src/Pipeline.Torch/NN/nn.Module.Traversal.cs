using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            public virtual IEnumerable<(string name, Module module)> named_children() => _ownModules;

            public virtual IEnumerable<Module> children() => _ownModules.Select(c => c.Value);

            /// <summary>All modules below this one, each once, depth first, under dotted names.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules() => Below("", []);

            public virtual IEnumerable<Module> modules() => named_modules().Select(m => m.module);

            /// <summary>Own parameters first, then those of the children in order of registration; a shared parameter once.</summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) =>
                Members(module => module._ownParameters, recurse);

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(p => p.parameter);

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true) =>
                Members(module => module._ownBuffers.Where(b => include_nonpersistent || !module._transient.Contains(b.Name)), recurse);

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(b => b.buffer);

            public virtual Parameter? get_parameter(string target) => Find(target, static (module, key) => module._ownParameters.Find(key));

            public virtual Tensor? get_buffer(string target) => Find(target, static (module, key) => module._ownBuffers.Find(key));

            public virtual bool has_parameter(string target) => get_parameter(target) is not null;

            public virtual bool has_buffer(string target) => get_buffer(target) is not null;

            /// <summary>Calls <paramref name="fn"/> on every child, depth first, and then on this module.</summary>
            public virtual Module apply(Action<Module> fn)
            {
                foreach (Module child in children())
                {
                    _ = child.apply(fn);
                }

                fn(this);
                return this;
            }

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (Parameter parameter in parameters())
                {
                    using Tensor? gradient = parameter.grad;
                    if (gradient is not null && set_to_none)
                    {
                        parameter.grad = null!;
                    }
                    else
                    {
                        _ = gradient?.zero_();
                    }
                }
            }

            private IEnumerable<(string Name, Module Module)> Below(string prefix, HashSet<Module> seen)
            {
                foreach ((string key, Module child) in named_children())
                {
                    if (!seen.Add(child))
                    {
                        continue;
                    }

                    yield return (prefix + key, child);
                    foreach ((string, Module) deeper in child.Below($"{prefix}{key}.", seen))
                    {
                        yield return deeper;
                    }
                }
            }

            private IEnumerable<(string Name, T Value)> Members<T>(Func<Module, IEnumerable<(string Name, T Value)>> own, bool recurse)
                where T : Tensor
            {
                HashSet<nint> seen = [];
                IEnumerable<(string Name, Module Module)> owners = [("", this)];
                foreach ((string path, Module module) in recurse ? owners.Concat(named_modules()) : owners)
                {
                    foreach ((string key, T value) in own(module))
                    {
                        if (seen.Add(value.Live))
                        {
                            yield return (path.Length == 0 ? key : $"{path}.{key}", value);
                        }
                    }
                }
            }

            private T? Find<T>(string target, Func<Module, string, T?> own)
                where T : class
            {
                string[] path = target.Split('.');
                Module? module = this;
                foreach (string step in path[..^1])
                {
                    module = module?._ownModules.Find(step);
                }

                return module is null ? null : own(module, path[^1]);
            }
        }
    }
}
