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

            private readonly NamedList<Parameter> _ownParameters = new();
            private readonly NamedList<Tensor> _ownBuffers = new();
            private readonly NamedList<Module> _ownModules = new();
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
                foreach ((_, Parameter parameter) in _ownParameters)
                {
                    parameter.Dispose();
                }

                foreach ((_, Tensor buffer) in _ownBuffers)
                {
                    buffer.Dispose();
                }

                foreach ((_, Module child) in _ownModules)
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
                    case Module module when !_ownModules.Contains(key) && !_ownModules.ContainsValue(module):
                        register_module(key, module);
                        break;
                    case Parameter parameter when !_ownParameters.Contains(key) && !_ownParameters.ContainsValue(parameter):
                        register_parameter(key, parameter);
                        break;
                    case Tensor tensor and not Modules.Parameter when !_ownBuffers.Contains(key) && !_ownBuffers.ContainsValue(tensor):
                        register_buffer(key, tensor);
                        break;
                }
            }

            public virtual void register_module(string name, Module submodule)
            {
                CheckName(name);
                if (submodule is null)
                {
                    _ = _ownModules.Remove(name);
                    return;
                }

                submodule.RegisterComponents();
                _ownModules.Add(name, submodule, this.name);
            }

            public void add_module(string name, Module module) => register_module(name, module);

            public virtual void register_parameter(string name, Parameter param)
            {
                CheckName(name);
                if (param is null)
                {
                    _ = _ownParameters.Remove(name);
                    return;
                }

                _ownParameters.Add(name, param, this.name);
            }

            /// <summary>Registers a tensor that moves and, when persistent, is saved with the module, but is not trained.</summary>
            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                CheckName(name);
                if (tensor is null)
                {
                    _ = _ownBuffers.Remove(name);
                    return;
                }

                _ownBuffers.Add(name, tensor, this.name);
                if (!persistent)
                {
                    _ = _transient.Add(name);
                }
            }

            /// <summary>Forgets the child modules without disposing them.</summary>
            protected void ClearModules() => _ownModules.Clear();

            /// <summary>A parameter of this module itself, by name: layers read theirs at every call.</summary>
            private protected Parameter? OwnParameter(string name) => _ownParameters.Find(name);

            private protected Tensor? OwnBuffer(string name) => _ownBuffers.Find(name);

            /// <summary>Puts another parameter in the place of a registered one, which is disposed.</summary>
            private protected void Replace(string name, Parameter? value)
            {
                Parameter? old = _ownParameters.Find(name);
                if (ReferenceEquals(old, value))
                {
                    return;
                }

                _ownParameters.Set(name, value);
                old?.Dispose();
            }

            private protected void ReplaceTensor(string name, Tensor? value)
            {
                Tensor? old = _ownBuffers.Find(name);
                if (ReferenceEquals(old, value))
                {
                    return;
                }

                _ownBuffers.Set(name, value);
                old?.Dispose();
            }

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
