using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Imaging;
using Pipeline.Models.StableDiffusion;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Denoising;

/// <summary>
/// The latents of all training pictures in a file, float16, made once, from the pictures as they are in the first epoch: the mean of the autoencoder's posterior, as the pipeline encodes. A started file is gone
/// on with if it belongs to the same autoencoder and data. Pictures are encoded in blocks of fixed places, so that the values do not depend on where an earlier process stopped. The latent of a broken picture is
/// not a number.
/// </summary>
internal sealed class LatentStore : IDisposable
{
    private const int Block = 64;

    private readonly FileStream _file;
    private readonly long[] _shape;
    private readonly long _header;
    private readonly int _count;

    private LatentStore(FileStream file, long[] shape, long header, int count) => (_file, _shape, _header, _count) = (file, shape, header, count);

    private int Values => (int)(_shape[0] * _shape[1] * _shape[2]);

    private long Bytes => Values * 2L;

    /// <summary>Opens the file and adds what it lacks; ends early when a drain is asked for.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bases">Its autoencoder encodes; stays the caller's.</param>
    /// <param name="vaeDigest">The autoencoder's digest.</param>
    /// <param name="data">The pictures.</param>
    /// <param name="drain">Asks for an early end.</param>
    public static LatentStore Open(string path, DiffusionBases bases, string vaeDigest, ITrainingData data, CancellationToken drain)
    {
        byte[] header = SHA256.HashData(Encoding.UTF8.GetBytes($"moodpipe.latents.v1\n{vaeDigest}\n{data.Digest}\n"));
        AutoencoderKL vae = bases.Vae;
        long side = data.Side / vae.Config.Factor;
        LatentStore store = new(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read), [vae.Config.LatentChannels, side, side], header.Length, data.Training.Count);
        try
        {
            store.Begin(header);
            for (int next = store.Complete(data.Training.Count); next < data.Training.Count && !drain.IsCancellationRequested; next += Block)
            {
                store.Append(bases, data.Training, next, Math.Min(Block, data.Training.Count - next), data.Side);
            }

            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>The latents of some pictures, or of the next ones in place of broken ones; on any thread.</summary>
    /// <param name="samples">Numbers of pictures.</param>
    /// <returns>Which pictures they are, and [B, channels, h, w] values for <see cref="ToTensor"/>.</returns>
    public (int[] Numbers, float[] Values) Read(IReadOnlyList<int> samples)
    {
        int[] numbers = [.. samples];
        float[] values = new float[samples.Count * Values];
        for (int b = 0; b < samples.Count; b++)
        {
            Span<float> row = values.AsSpan(b * Values, Values);
            for (int tries = 0; !TryRead(numbers[b], row); tries++)
            {
                numbers[b] = tries < _count ? (numbers[b] + 1) % _count : throw new TrainingException($"{_file.Name}: not one picture could be read: mend the data, and remove this file");
            }
        }

        return (numbers, values);
    }

    /// <summary>Values of <see cref="Read"/> as float32 [B, channels, h, w]; the caller's.</summary>
    public Tensor ToTensor(float[] values) => tensor(values, [values.Length / Values, .. _shape]);

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

    private bool TryRead(int number, Span<float> target)
    {
        Half[] row = new Half[Values];
        Span<byte> bytes = MemoryMarshal.AsBytes(row.AsSpan());
        int read = RandomAccess.Read(_file.SafeFileHandle, bytes, _header + (number * Bytes));
        if (read < bytes.Length)
        {
            throw new TrainingException($"{_file.Name}: ends before picture {number}: it was changed while the run goes on");
        }

        for (int i = 0; i < row.Length; i++)
        {
            target[i] = (float)row[i];
        }

        return !float.IsNaN(target[0]);
    }

    /// <summary>Pictures in whole blocks; what follows them is cut off.</summary>
    private int Complete(int count)
    {
        long there = (_file.Length - _header) / Bytes;
        int whole = there >= count ? count : (int)(there / Block * Block);
        _file.SetLength(_header + (whole * Bytes));
        return whole;
    }

    private void Append(DiffusionBases bases, IPictureSet pictures, int first, int count, int side)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        RgbImage?[] images = [.. Enumerable.Range(first, count).Select(i => pictures.Picture(i, 0))];
        Tensor image = TrainingData.Pixels(images.Select(i => i ?? new RgbImage(side, side)), bases.Device);
        float[] values = bases.Vae.ToLatent(image).cpu().contiguous().data<float>().ToArray();              // [B, channels, h, w]
        Half[] halves = Array.ConvertAll(values, v => (Half)v);
        foreach (int broken in Enumerable.Range(0, count).Where(i => images[i] is null))
        {
            halves.AsSpan(broken * Values, Values).Fill(Half.NaN);
        }

        _file.Position = _file.Length;
        _file.Write(MemoryMarshal.AsBytes(halves.AsSpan()));
        _file.Flush(flushToDisk: true);
    }
}
