using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private const int UsualRank = 8;

        /// <summary>Sizes, a new array at each call.</summary>
        public unsafe long[] shape
        {
            get
            {
                long* sizes = stackalloc long[UsualRank];
                TensorInfo info = Info(sizes, null, UsualRank);
                long[] result = new long[info.Rank];
                if (info.Rank <= UsualRank)
                {
                    new ReadOnlySpan<long>(sizes, info.Rank).CopyTo(result);
                    return result;
                }

                fixed (long* all = result)
                {
                    _ = Info(all, null, info.Rank);
                }

                return result;
            }
        }

        public ScalarType dtype => (ScalarType)Facts.ScalarType;

        public Device device
        {
            get
            {
                TensorInfo info = Facts;
                return info.DeviceType == (int)DeviceType.CPU ? CPU : new Device((DeviceType)info.DeviceType, info.DeviceIndex);
            }
        }

        public DeviceType device_type => (DeviceType)Facts.DeviceType;

        public int device_index => Facts.DeviceIndex;

        public long ndim => Facts.Rank;

        public long Dimensions => Facts.Rank;

        public long NumberOfElements => Facts.ElementCount;

        public long ElementSize => Facts.ElementSize;

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public bool is_leaf => Has(TensorFlags.IsLeaf);

        public bool is_sparse => Has(TensorFlags.IsSparse);

        public string name { get; set; } = "";

        public bool requires_grad
        {
            get => Has(TensorFlags.RequiresGrad);
            set
            {
                EngineErrors.Check(NativeEngine.eng_requires_grad_set(Live, value ? 1 : 0));
                GC.KeepAlive(this);
            }
        }

        /// <summary>The gradient, a new tensor object at each call, or null. Setting shares the native tensor.</summary>
        public unsafe Tensor grad
        {
            get
            {
                nint gradient;
                EngineErrors.Check(NativeEngine.eng_grad_get(Live, &gradient));
                GC.KeepAlive(this);
                return Own(gradient)!;
            }

            set
            {
                EngineErrors.Check(NativeEngine.eng_grad_set(Live, value is null ? 0 : value.Live));
                GC.KeepAlive(this);
                GC.KeepAlive(value);
            }
        }

        internal TensorInfo Facts
        {
            get
            {
                unsafe
                {
                    return Info(null, null, 0);
                }
            }
        }

        public long dim() => Facts.Rank;

        public long numel() => Facts.ElementCount;

        public long element_size() => Facts.ElementSize;

        public long storage_offset() => Facts.StorageOffset;

        public long[] size() => shape;

        public long size(int dim)
        {
            long[] sizes = shape;
            return sizes[dim < 0 ? dim + sizes.Length : dim];
        }

        public unsafe long[] stride()
        {
            long[] result = new long[Facts.Rank];
            fixed (long* strides = result)
            {
                _ = Info(null, strides, result.Length);
            }

            return result;
        }

        public long stride(int dim)
        {
            long[] strides = stride();
            return strides[dim < 0 ? dim + strides.Length : dim];
        }

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_contiguous() => Has(TensorFlags.IsContiguous);

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        public bool is_conj() => Has(TensorFlags.IsConjugated);

        public bool is_neg() => Has(TensorFlags.IsNegated);

        /// <summary>Shape, type and device, such as <c>[2x3], type = Float32, device = cpu</c>; never the elements.</summary>
        public override string ToString() => IsInvalid ? "(disposed)" : $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";

        internal bool IsInference => Has(TensorFlags.IsInference);

        private bool Has(TensorFlags flag) => (Facts.Flags & flag) != 0;

        private unsafe TensorInfo Info(long* sizes, long* strides, int capacity)
        {
            TensorInfo info;
            EngineErrors.Check(NativeEngine.eng_tensor_info(Live, &info, sizes, strides, capacity));
            GC.KeepAlive(this);
            return info;
        }
    }
}
