using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            /// <summary>Parameters and persistent buffers by name: own parameters, own buffers, then each child's. The tensors are the module's own.</summary>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                string start = string.IsNullOrEmpty(prefix) ? "" : $"{prefix}.";
                foreach ((string key, Parameter parameter) in _ownParameters)
                {
                    destination[start + key] = parameter;
                }

                foreach ((string key, Tensor buffer) in _ownBuffers)
                {
                    if (!_transient.Contains(key))
                    {
                        destination[start + key] = buffer;
                    }
                }

                foreach ((string key, Module child) in named_children())
                {
                    _ = child.state_dict(destination, start + key);
                }

                return destination;
            }

            /// <summary>
            /// Copies values into parameters and buffers by name, converting their type. With <paramref name="strict"/>, names that are missing or left over are an error.
            /// </summary>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                Dictionary<string, Tensor> own = state_dict();
                HashSet<string> skipped = skip is null ? [] : [.. skip];
                List<string> missing = [.. own.Keys.Where(key => !source.ContainsKey(key) && !skipped.Contains(key))];
                List<string> unexpected = [.. source.Keys.Where(key => !own.ContainsKey(key) && !skipped.Contains(key))];
                if (strict && missing.Count + unexpected.Count > 0)
                {
                    throw new InvalidOperationException(
                        $"the state does not fit '{GetName()}': missing {Some(missing)}; unexpected {Some(unexpected)}");
                }

                using IDisposable recording = no_grad();
                foreach ((string key, Tensor target) in own)
                {
                    if (!skipped.Contains(key) && source.TryGetValue(key, out Tensor? value))
                    {
                        LoadOne(key, target, value);
                    }
                }

                return (missing, unexpected);
            }

            private static void LoadOne(string key, Tensor target, Tensor value)
            {
                if (!target.shape.AsSpan().SequenceEqual(value.shape))
                {
                    throw new InvalidOperationException(
                        $"'{key}' has shape [{string.Join(", ", target.shape)}], the state gives [{string.Join(", ", value.shape)}]");
                }

                _ = target.copy_(value);
            }

            private static string Some(List<string> names) => names.Count switch
            {
                0 => "nothing",
                <= 5 => string.Join(", ", names),
                _ => $"{string.Join(", ", names.Take(5))} and {names.Count - 5} more",
            };

            /// <summary>
            /// Moves and converts all parameters and buffers. The parameter objects stay the same, so fields and optimizers keep them; only those of a real type are converted.
            /// </summary>
            internal void MoveTo(Device? device, ScalarType? type, bool nonBlocking)
            {
                if (type is ScalarType t && !torch.is_floating_point(t))
                {
                    throw new ArgumentException($"a module can only be converted to a real type, not to {t}");
                }

                using IDisposable recording = no_grad();
                foreach (Tensor member in parameters().Concat(buffers()))
                {
                    ScalarType wanted = type is ScalarType real && member.is_floating_point() ? real : member.dtype;
                    Device place = device ?? member.device;
                    if (wanted != member.dtype || place.type != member.device_type || (place.index >= 0 && place.index != member.device_index && place.type != DeviceType.CPU))
                    {
                        bool records = member.requires_grad;
                        using Tensor source = member.detach();
                        using Tensor moved = source.to(wanted, place, non_blocking: nonBlocking);
                        moved.requires_grad = records;
                        member.Become(moved);
                    }
                }
            }
        }
    }
}
