using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Imaging.Tensors;
using Pipeline.Models.StableDiffusion;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Denoising;

/// <summary>
/// The latents of all training scenes in a file, float16, made once: the mean of the autoencoder's posterior, as the pipeline encodes. A started file is gone on with if it belongs to the same autoencoder and
/// scenes. Scenes are encoded in blocks of fixed places, so that the values do not depend on where an earlier process stopped.
/// </summary>
internal sealed class LatentStore : IDisposable
{
    private const int Block = 64;

    private readonly FileStream _file;
    private readonly long[] _shape;
    private readonly long _header;

    private LatentStore(FileStream file, long[] shape, long header) => (_file, _shape, _header) = (file, shape, header);

    private int Values => (int)(_shape[0] * _shape[1] * _shape[2]);

    private long Bytes => Values * 2L;

    /// <summary>Opens the file and adds what it lacks; ends early when a drain is asked for.</summary>
    /// <param name="path">The file.</param>
    /// <param name="vae">Encodes; stays the caller's.</param>
    /// <param name="vaeDigest">Its digest.</param>
    /// <param name="data">The scenes.</param>
    /// <param name="drain">Asks for an early end.</param>
    public static LatentStore Open(string path, AutoencoderKL vae, string vaeDigest, WorldData data, CancellationToken drain)
    {
        byte[] header = SHA256.HashData(Encoding.UTF8.GetBytes($"moodpipe.latents.v1\n{vaeDigest}\n{data.Digest()}\n"));
        long side = Canvas.Side / vae.Config.Factor;
        LatentStore store = new(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read), [vae.Config.LatentChannels, side, side], header.Length);
        try
        {
            store.Begin(header);
            for (int next = store.Complete(data.Scenes); next < data.Scenes && !drain.IsCancellationRequested; next += Block)
            {
                store.Append(vae, data.FirstScene + (ulong)next, Math.Min(Block, data.Scenes - next));
            }

            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>The latents of some scenes as float32 [B, channels, h, w]; the caller's.</summary>
    public Tensor Read(IReadOnlyList<int> samples)
    {
        using DisposeScope scope = NewDisposeScope();
        float[] values = new float[samples.Count * Values];
        Half[] row = new Half[Values];
        for (int b = 0; b < samples.Count; b++)
        {
            _file.Position = _header + (samples[b] * Bytes);
            _file.ReadExactly(MemoryMarshal.AsBytes(row.AsSpan()));
            for (int i = 0; i < row.Length; i++)
            {
                values[(b * Values) + i] = (float)row[i];
            }
        }

        return tensor(values, [samples.Count, .. _shape]).MoveToOuterDisposeScope();
    }

    public void Dispose() => _file.Dispose();

    private void Begin(byte[] header)
    {
        byte[] found = new byte[header.Length];
        if (_file.Length < header.Length || _file.ReadAtLeast(found, found.Length, false) < found.Length || !found.AsSpan().SequenceEqual(header))
        {
            _file.SetLength(0);
            _file.Write(header);
        }
    }

    /// <summary>Scenes in whole blocks; what follows them is cut off.</summary>
    private int Complete(int count)
    {
        long scenes = (_file.Length - _header) / Bytes;
        int whole = scenes >= count ? count : (int)(scenes / Block * Block);
        _file.SetLength(_header + (whole * Bytes));
        return whole;
    }

    private void Append(AutoencoderKL vae, ulong first, int count)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        Tensor image = WorldPictures.Render(Enumerable.Range(0, count).Select(i => first + (ulong)i), PixelRange.SignedUnit);
        float[] values = vae.ToLatent(image).contiguous().data<float>().ToArray();              // [B, channels, h, w]
        Half[] halves = Array.ConvertAll(values, v => (Half)v);
        _file.Position = _file.Length;
        _file.Write(MemoryMarshal.AsBytes(halves.AsSpan()));
        _file.Flush(flushToDisk: true);
    }
}
