using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // New tensors of the type, device and perhaps shape of this one.
    public partial class Tensor
    {
        public Tensor empty_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.empty_like.Call(this, dtype, Arg.None, device), requires_grad);

        public Tensor full_like(Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.full_like.Call(this, value, dtype, Arg.None, device), requires_grad);

        public Tensor ones_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.ones_like.Call(this, dtype, Arg.None, device), requires_grad);

        public Tensor rand_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.rand_like.Call(this, dtype, Arg.None, device), requires_grad);

        public Tensor randint_like(long low, long high, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.randint_like_low_dtype.Call(this, low, high, dtype, Arg.None, device), requires_grad);

        public Tensor randn_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.randn_like.Call(this, dtype, Arg.None, device), requires_grad);

        public Tensor zeros_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.zeros_like.Call(this, dtype, Arg.None, device), requires_grad);

        public Tensor new_empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_empty.Call(this, size, dtype, Arg.None, device), requires_grad);

        public Tensor new_empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_empty.Call(this, size.ToArray(), dtype, Arg.None, device), requires_grad);

        public Tensor new_empty(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_empty.Call(this, new long[] { size }, dtype, Arg.None, device), requires_grad);

        public Tensor new_empty(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_empty.Call(this, new long[] { rows, columns }, dtype, Arg.None, device), requires_grad);

        public Tensor new_empty(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_empty.Call(this, new long[] { dim0, dim1, dim2 }, dtype, Arg.None, device), requires_grad);

        public Tensor new_empty(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_empty.Call(this, new long[] { dim0, dim1, dim2, dim3 }, dtype, Arg.None, device), requires_grad);

        public Tensor new_full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_full.Call(this, size, value, dtype, Arg.None, device), requires_grad);

        public Tensor new_full(ReadOnlySpan<long> size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_full.Call(this, size.ToArray(), value, dtype, Arg.None, device), requires_grad);

        public Tensor new_full(long size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_full.Call(this, new long[] { size }, value, dtype, Arg.None, device), requires_grad);

        public Tensor new_full(long rows, long columns, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_full.Call(this, new long[] { rows, columns }, value, dtype, Arg.None, device), requires_grad);

        public Tensor new_full(long dim0, long dim1, long dim2, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_full.Call(this, new long[] { dim0, dim1, dim2 }, value, dtype, Arg.None, device), requires_grad);

        public Tensor new_full(
            long dim0, long dim1, long dim2, long dim3, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_full.Call(this, new long[] { dim0, dim1, dim2, dim3 }, value, dtype, Arg.None, device), requires_grad);

        public Tensor new_ones(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_ones.Call(this, new long[] { size }, dtype, Arg.None, device), requires_grad);

        public Tensor new_ones(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_ones.Call(this, new long[] { rows, columns }, dtype, Arg.None, device), requires_grad);

        public Tensor new_ones(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_ones.Call(this, new long[] { dim0, dim1, dim2 }, dtype, Arg.None, device), requires_grad);

        public Tensor new_ones(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_ones.Call(this, new long[] { dim0, dim1, dim2, dim3 }, dtype, Arg.None, device), requires_grad);

        public Tensor new_zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_zeros.Call(this, size, dtype, Arg.None, device), requires_grad);

        public Tensor new_zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_zeros.Call(this, size.ToArray(), dtype, Arg.None, device), requires_grad);

        public Tensor new_zeros(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_zeros.Call(this, new long[] { size }, dtype, Arg.None, device), requires_grad);

        public Tensor new_zeros(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_zeros.Call(this, new long[] { rows, columns }, dtype, Arg.None, device), requires_grad);

        public Tensor new_zeros(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_zeros.Call(this, new long[] { dim0, dim1, dim2 }, dtype, Arg.None, device), requires_grad);

        public Tensor new_zeros(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Recording(Aten.new_zeros.Call(this, new long[] { dim0, dim1, dim2, dim3 }, dtype, Arg.None, device), requires_grad);
    }
}
