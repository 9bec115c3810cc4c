using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // Products and matrices.
    public partial class Tensor
    {
        public Tensor addbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) => Aten.addbmm.Call(this, batch1, batch2, beta, alpha);

        public Tensor addbmm_(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) => Aten.addbmm_.On(this, batch1, batch2, beta, alpha);

        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => Aten.addmm.Call(this, mat1, mat2, beta, alpha);

        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => Aten.addmm_.On(this, mat1, mat2, beta, alpha);

        public Tensor addmv(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) => Aten.addmv.Call(this, mat, vec, beta, alpha);

        public Tensor addmv_(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) => Aten.addmv_.On(this, mat, vec, beta, alpha);

        /// <summary>beta · this + alpha · (batch1 × batch2); with a beta of 0 this tensor is not read, so it may hold anything.</summary>
        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            beta == 0 && IsSmallProduct(batch1, batch2) ? Aten.bmm.Call(batch1, batch2).mul_(alpha) : Aten.baddbmm.Call(this, batch1, batch2, beta, alpha);

        public Tensor bmm(Tensor batch2) => Aten.bmm.Call(this, batch2);

        public Tensor dot(Tensor target) => Aten.dot.Call(this, target);

        public Tensor inner(Tensor vec2) => Aten.inner.Call(this, vec2);

        public Tensor matmul(Tensor target) => Aten.matmul.Call(this, target);

        public Tensor mm(Tensor target) => Aten.mm.Call(this, target);

        public Tensor mv(Tensor target) => Aten.mv.Call(this, target);

        public Tensor outer(Tensor vec2) => Aten.outer.Call(this, vec2);

        public Tensor tril(long diagonal = 0) => Aten.tril.Call(this, diagonal);

        public Tensor tril_(long diagonal = 0) => Aten.tril_.On(this, diagonal);

        public Tensor triu(long diagonal = 0) => Aten.triu.Call(this, diagonal);

        public Tensor triu_(long diagonal = 0) => Aten.triu_.On(this, diagonal);

        public Tensor trace() => Aten.trace.Call(this);

        public Tensor det() => Aten.det.Call(this);

        public Tensor inverse() => Aten.inverse.Call(this);

        public Tensor diag(long diagonal = 0) => Aten.diag.Call(this, diagonal);

        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) => Aten.diagonal.Call(this, offset, dim1, dim2);

        public Tensor diag_embed(long offset = 0, long dim1 = -2, long dim2 = -1) => Aten.diag_embed.Call(this, offset, dim1, dim2);

        public Tensor vdot(Tensor target) => Aten.vdot.Call(this, target);

        public Tensor matrix_exp() => Aten.matrix_exp.Call(this);

        public Tensor pinverse(double rcond = 1e-15, bool hermitian = false) => Aten.linalg_pinv.Call(this, rcond, hermitian);

        public Tensor cholesky_solve(Tensor input2, bool upper = false) => Aten.cholesky_solve.Call(this, input2, upper);

        public Tensor t() => Aten.t.Call(this);

        public Tensor matrix_power(int n) => Aten.matrix_power.Call(this, n);

        public Tensor ger(Tensor vec2) => Aten.ger.Call(this, vec2);

        // The CPU kernel of libtorch 1.13 for products of fewer than 400 multiplications scales its result, fresh memory, by a beta of 0: what was NaN there stays NaN.
        private static bool IsSmallProduct(Tensor batch1, Tensor batch2)
        {
            long[] left = batch1.shape; // [batch, rows, inner]
            long[] right = batch2.shape; // [batch, inner, columns]
            return left.Length == 3 && right.Length == 3 && batch1.is_cpu() && left[1] * left[2] * right[2] < 400;
        }
    }
}
