using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Training.SelfDistillation;

/// <summary>
/// Weighted nearest-neighbour classification of frozen features, the protocol of Wu et al. 2018 that DINO is measured by (section 4.1): the k nearest by cosine vote with weight
/// exp(cos / 0.07).
/// </summary>
public static class NearestNeighbours
{
    private const double Temperature = 0.07;

    /// <summary>Share of queries whose vote is their own class, in per cent.</summary>
    /// <param name="bank">[N, d] features with known classes; only read.</param>
    /// <param name="bankClasses">Their classes.</param>
    /// <param name="queries">[M, d] features to classify; only read.</param>
    /// <param name="queryClasses">Their true classes.</param>
    /// <param name="neighbours">How many vote.</param>
    public static double Accuracy(Tensor bank, IReadOnlyList<int> bankClasses, Tensor queries, IReadOnlyList<int> queryClasses, int neighbours = 20)
    {
        ArgumentNullException.ThrowIfNull(bankClasses);
        ArgumentNullException.ThrowIfNull(queryClasses);
        using DisposeScope scope = NewDisposeScope();
        Tensor cosines = nn.functional.normalize(queries, 2, 1, 1e-12).matmul(nn.functional.normalize(bank, 2, 1, 1e-12).transpose(0, 1)); // [M, N]
        (Tensor values, Tensor indexes) = cosines.topk((int)Math.Min(neighbours, bank.shape[0]), 1);
        using TensorAccessor<float> near = values.cpu().data<float>();
        using TensorAccessor<long> which = indexes.cpu().data<long>();
        int k = (int)values.shape[1];
        float[] weights = near.ToArray();
        long[] voters = which.ToArray();
        int right = 0;
        for (int query = 0; query < queryClasses.Count; query++)
        {
            Dictionary<int, double> votes = [];
            for (int i = query * k; i < (query + 1) * k; i++)
            {
                int voted = bankClasses[(int)voters[i]];
                votes[voted] = votes.GetValueOrDefault(voted) + Math.Exp(weights[i] / Temperature);
            }

            right += votes.MaxBy(v => v.Value).Key == queryClasses[query] ? 1 : 0;
        }

        return 100.0 * right / queryClasses.Count;
    }
}
