namespace TorchSharp;

public static partial class torch
{
    /// <summary>One position of an index expression, as in Python's <c>x[..., 0, 1:, None, mask]</c>.</summary>
    public struct TensorIndex
    {
        internal Kinds Kind;
        internal long? Start;
        internal long? Stop;
        internal long? Step;
        internal Tensor? Indices;

        internal enum Kinds
        {
            Slice,
            Single,
            Ellipsis,
            NewAxis,
            Bool,
            Tensor,
        }

        /// <summary>The whole dimension.</summary>
        public static readonly TensorIndex Colon = Slice();

        /// <summary>As many whole dimensions as are left over.</summary>
        public static readonly TensorIndex Ellipsis = new() { Kind = Kinds.Ellipsis };

        /// <summary>A new dimension of size 1.</summary>
        public static readonly TensorIndex None = new() { Kind = Kinds.NewAxis };

        /// <summary>A new dimension of size 1.</summary>
        public static readonly TensorIndex Null = None;

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);

        public static implicit operator TensorIndex(Range range) => Slice(range);

        public static implicit operator TensorIndex(Index index) => Single(FirstOf(index));

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { Kind = Kinds.Slice, Start = start, Stop = stop, Step = step };

        public static TensorIndex Slice((int? start, int? end) range) => Slice(range.start, range.end);

        public static TensorIndex Slice(Range range)
        {
            long? stop = !range.End.IsFromEnd ? range.End.Value : range.End.Value == 0 ? null : -range.End.Value;
            return Slice(FirstOf(range.Start), stop);
        }

        // ^0 lies behind the last element; 0 would be the first.
        private static long FirstOf(Index index) => !index.IsFromEnd ? index.Value : index.Value == 0 ? long.MaxValue : -index.Value;

        public static TensorIndex Bool(bool value) => new() { Kind = Kinds.Bool, Start = value ? 1 : 0 };

        public static TensorIndex Single(long? index) => new() { Kind = Kinds.Single, Start = index };

        public static TensorIndex Tensor(Tensor tensor) => new() { Kind = Kinds.Tensor, Indices = tensor };
    }
}
