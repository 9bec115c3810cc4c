using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>CUDA devices.</summary>
    public static class cuda
    {
        public static bool is_available() => NativeEngine.eng_cuda_available() != 0 && NativeEngine.eng_cuda_count() > 0;

        public static int device_count() => NativeEngine.eng_cuda_count();

        public static bool is_cudnn_available() => is_available() && NativeEngine.eng_cuda_has_cudnn() != 0;

        public static void manual_seed(long seed) => Seed(-1, seed);

        public static void manual_seed_all(long seed)
        {
            for (int index = 0; index < device_count(); index++)
            {
                Seed(index, seed);
            }
        }

        /// <summary>Waits until the device has finished all its work.</summary>
        public static void synchronize(Device? device = null) => EngineErrors.Check(NativeEngine.eng_cuda_sync(device?.index ?? -1));

        private static unsafe void Seed(int index, long seed)
        {
            if (!is_available())
            {
                return;
            }

            nint generator;
            ulong value = unchecked((ulong)seed);
            EngineErrors.Check(NativeEngine.eng_generator_default(new Device(DeviceType.CUDA, index).Code, &generator));
            try
            {
                EngineErrors.Check(NativeEngine.eng_generator_seed(generator, 0, &value));
            }
            finally
            {
                NativeEngine.eng_generator_free(generator);
            }
        }
    }
}
