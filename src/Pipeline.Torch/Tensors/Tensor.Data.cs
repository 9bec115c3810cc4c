using System.Runtime.InteropServices;
using TorchSharp.Native;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The elements' bytes of a contiguous tensor on the CPU, in place. Valid while this tensor lives.</summary>
        public Span<byte> bytes
        {
            get
            {
                TensorInfo info = Facts;
                RequireReadable(info);
                unsafe
                {
                    return new Span<byte>(DataPointer(), checked((int)(info.ElementCount * info.ElementSize)));
                }
            }

            set
            {
                Span<byte> target = bytes;
                if (value.Length != target.Length)
                {
                    throw new ArgumentException($"the tensor has {target.Length} bytes of elements, {value.Length} were given");
                }

                value.CopyTo(target);
            }
        }

        /// <summary>The elements in row-major order. A tensor on another device is copied to the CPU for as long as the accessor lives: dispose it.</summary>
        public TensorAccessor<T> data<T>()
            where T : struct => new(this);

        /// <summary>The elements of a contiguous CPU tensor, in place.</summary>
        internal unsafe Span<T> Elements<T>()
            where T : struct
        {
            TensorInfo info = Facts;
            RequireReadable(info);
            return MemoryMarshal.Cast<byte, T>(new Span<byte>(DataPointer(), checked((int)(info.ElementCount * info.ElementSize))));
        }

        internal unsafe void* DataPointer()
        {
            void* data;
            EngineErrors.Check(NativeEngine.eng_tensor_data(Live, &data));
            GC.KeepAlive(this);
            return data;
        }

        /// <summary>Writes the elements' bytes in row-major order.</summary>
        public void WriteBytesToStream(Stream stream, int bufferSize = 1024)
        {
            ArgumentNullException.ThrowIfNull(stream);
            using Tensor source = OnCpu();
            TensorInfo info = source.Facts;
            ForEachBlock(source, info.ElementCount * info.ElementSize, Math.Max(bufferSize, 1 << 16), block => stream.Write(block));
        }

        /// <summary>Fills the elements from a stream; fails when it ends early.</summary>
        public void ReadBytesFromStream(Stream stream, int bufferSize = 1024)
        {
            ArgumentNullException.ThrowIfNull(stream);
            TensorInfo info = Facts;
            if (info.DeviceType == (int)DeviceType.CPU && (info.Flags & TensorFlags.IsContiguous) != 0)
            {
                ForEachBlock(this, info.ElementCount * info.ElementSize, Math.Max(bufferSize, 1 << 16), stream.ReadExactly);
                return;
            }

            using Tensor staged = torch.empty(shape, dtype, CPU);
            staged.ReadBytesFromStream(stream, bufferSize);
            _ = copy_(staged);
        }

        /// <summary>A contiguous CPU tensor with these elements: the same native tensor where it already is one.</summary>
        internal Tensor OnCpu()
        {
            using Tensor local = cpu();
            return local.contiguous();
        }

        private static unsafe void ForEachBlock(Tensor tensor, long count, int size, BlockAction use)
        {
            byte* data = (byte*)tensor.DataPointer();
            for (long done = 0; done < count; done += size)
            {
                use(new Span<byte>(data + done, (int)Math.Min(size, count - done)));
            }

            GC.KeepAlive(tensor);
        }

        private delegate void BlockAction(Span<byte> block);

        private void RequireReadable(in TensorInfo info)
        {
            if (info.DeviceType != (int)DeviceType.CPU)
            {
                throw new InvalidOperationException($"the tensor lies on {device}; copy it first with cpu()");
            }

            if ((info.Flags & TensorFlags.IsContiguous) == 0)
            {
                throw new InvalidOperationException("the tensor is not contiguous in memory; call contiguous() first");
            }
        }
    }
}
