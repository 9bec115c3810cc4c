using System.Reflection;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// A part of a network: parameters, buffers and child modules under names. Owns them all: disposing the module disposes them.
        /// </summary>
        public partial class Module : IDisposable
        {
            protected string name;

            private readonly NamedList<Parameter> _parameters0 = new();
            private readonly NamedList<Tensor> _buffers0 = new();
            private readonly NamedList<Module> _children0 = new();
            private readonly HashSet<string> _transient = [];
            private bool _componentsRegistered;
            private bool _disposed;

            protected Module(string name) => this.name = name;

            /// <summary>Whether layers such as dropout behave as in training.</summary>
            public virtual bool training { get; private set; } = true;

            public virtual string GetName() => name;

            public virtual void train(bool train = true)
            {
                training = train;
                foreach (Module child in children())
                {
                    child.train(train);
                }
            }

            public virtual void eval() => train(false);

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing || _disposed)
                {
                    return;
                }

                _disposed = true;
                foreach ((_, Parameter parameter) in _parameters0)
                {
                    parameter.Dispose();
                }

                foreach ((_, Tensor buffer) in _buffers0)
                {
                    buffer.Dispose();
                }

                foreach ((_, Module child) in _children0)
                {
                    child.Dispose();
                }
            }

            /// <summary>
            /// Registers the modules, parameters and tensors (as buffers) found in instance fields, private ones and those of base classes too, under the field's name or its
            /// <see cref="ComponentNameAttribute"/>. What is registered already keeps its name. Call it at the end of the constructor.
            /// </summary>
            protected virtual void RegisterComponents()
            {
                if (_componentsRegistered)
                {
                    return;
                }

                _componentsRegistered = true;
                for (Type? type = GetType(); type is not null && type != typeof(Module); type = type.BaseType)
                {
                    foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                    {
                        RegisterField(field);
                    }
                }
            }

            private void RegisterField(FieldInfo field)
            {
                if (field.GetValue(this) is not { } value)
                {
                    return;
                }

                string key = field.GetCustomAttribute<ComponentNameAttribute>()?.Name ?? field.Name;
                switch (value)
                {
                    case Module module when !_children0.Contains(key) && !_children0.ContainsValue(module):
                        register_module(key, module);
                        break;
                    case Parameter parameter when !_parameters0.Contains(key) && !_parameters0.ContainsValue(parameter):
                        register_parameter(key, parameter);
                        break;
                    case Tensor tensor and not Parameter when !_buffers0.Contains(key) && !_buffers0.ContainsValue(tensor):
                        register_buffer(key, tensor);
                        break;
                }
            }

            public virtual void register_module(string name, Module submodule)
            {
                CheckName(name);
                if (submodule is null)
                {
                    _ = _children0.Remove(name);
                    return;
                }

                submodule.RegisterComponents();
                _children0.Add(name, submodule, this.name);
            }

            public void add_module(string name, Module module) => register_module(name, module);

            public virtual void register_parameter(string name, Parameter param)
            {
                CheckName(name);
                if (param is null)
                {
                    _ = _parameters0.Remove(name);
                    return;
                }

                _parameters0.Add(name, param, this.name);
            }

            /// <summary>Registers a tensor that moves and, when persistent, is saved with the module, but is not trained.</summary>
            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                CheckName(name);
                if (tensor is null)
                {
                    _ = _buffers0.Remove(name);
                    return;
                }

                _buffers0.Add(name, tensor, this.name);
                if (!persistent)
                {
                    _ = _transient.Add(name);
                }
            }

            /// <summary>Forgets the child modules without disposing them.</summary>
            protected void ClearModules() => _children0.Clear();

            private static void CheckName(string name)
            {
                if (string.IsNullOrEmpty(name) || name.Contains('.'))
                {
                    throw new ArgumentException($"'{name}' cannot name a part of a module: a name is not empty and has no dot (nest modules for the parts of a dotted name)");
                }
            }

            /// <inheritdoc />
            public override string ToString() => GetName();
        }
    }
}
