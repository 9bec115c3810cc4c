using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static class backends
    {
        public static class cuda
        {
            public static class matmul
            {
                /// <summary>Whether matrix products on CUDA may use TF32. Record it with the results: it changes them.</summary>
                public static bool allow_tf32
                {
                    get => NativeEngine.eng_allow_tf32(0, -1) != 0;
                    set => _ = NativeEngine.eng_allow_tf32(0, value ? 1 : 0);
                }
            }
        }

        public static class cudnn
        {
            /// <summary>Whether convolutions on CUDA may use TF32.</summary>
            public static bool allow_tf32
            {
                get => NativeEngine.eng_allow_tf32(1, -1) != 0;
                set => _ = NativeEngine.eng_allow_tf32(1, value ? 1 : 0);
            }
        }
    }
}
