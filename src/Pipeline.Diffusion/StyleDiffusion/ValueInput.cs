using static TorchSharp.torch;

namespace Pipeline.Diffusion.StyleDiffusion;

/// <summary>The input of the value projections that a mapping network's output makes of a branch's text.</summary>
public static class ValueInput
{
    /// <summary>film: text * out[:, :L] + out[:, L:]; direct: the output.</summary>
    /// <param name="path">Which of the two.</param>
    /// <param name="text">Text states [rows, L, X].</param>
    /// <param name="output">Output of the mapping network [1, 2 L or L, X].</param>
    /// <returns>[rows, L, X] in the current dispose scope.</returns>
    /// <exception cref="DiffusionException">The output does not fit the text.</exception>
    public static Tensor Of(ValuePath path, Tensor text, Tensor output)
    {
        long length = text.shape[1], wanted = path == ValuePath.Film ? 2 * length : length;
        if (output.shape[1] != wanted || output.shape[2] != text.shape[2])
        {
            throw new DiffusionException(
                $"a {path} mapping gives [{string.Join(", ", output.shape)}], the text states are [{string.Join(", ", text.shape)}]: the mapping networks belong to another model");
        }

        return path == ValuePath.Direct
            ? output.expand(text.shape[0], -1, -1)
            : text * output.narrow(1, 0, length) + output.narrow(1, length, length);
    }
}
