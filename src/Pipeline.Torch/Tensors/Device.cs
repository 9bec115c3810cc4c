using System.Globalization;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Where a tensor lives. An index of -1 means "the current device of this kind".</summary>
    public class Device
    {
        /// <summary>From a description such as <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
        public Device(string description)
        {
            string[] parts = description.Split(':');
            if (parts.Length > 2)
            {
                throw new ArgumentException($"'{description}' is not a device; expected a kind such as cpu or cuda, or a kind and an index such as cuda:0");
            }

            type = TypeOf(parts[0]);
            index = parts.Length == 1 ? -1
                : int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
                : throw new ArgumentException($"'{parts[1]}' in '{description}' is not the index of a device");
        }

        public Device(string deviceType, int index = -1)
        {
            type = TypeOf(deviceType);
            this.index = index;
        }

        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = index;
        }

        /// <summary>The CUDA device of that index.</summary>
        public Device(int index)
            : this(DeviceType.CUDA, index)
        {
        }

        public DeviceType type { get; }

        public int index { get; }

        /// <summary>Kind in the low half, index in the high half: how a device crosses the native border.</summary>
        internal long Code => ((long)index << 32) | (uint)type;

        public static implicit operator Device(string description) => new(description);

        /// <inheritdoc />
        public override string ToString() => index < 0 || type == DeviceType.CPU
            ? type.ToString().ToLowerInvariant()
            : $"{type.ToString().ToLowerInvariant()}:{index}";

        /// <inheritdoc />
        public override bool Equals(object? obj) => obj is Device other && other.type == type && other.index == index;

        /// <inheritdoc />
        public override int GetHashCode() => Code.GetHashCode();

        private static DeviceType TypeOf(string name) => name.ToLowerInvariant() switch
        {
            "cpu" => DeviceType.CPU,
            "cuda" => DeviceType.CUDA,
            "mps" => DeviceType.MPS,
            "meta" => DeviceType.META,
            _ => throw new ArgumentException($"'{name}' is not a kind of device known here; cpu, cuda, mps and meta are"),
        };
    }
}
