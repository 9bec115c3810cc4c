using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // Indexing as in Python: numbers, slices, None and ... give views; tensors select elements (a copy). Assigning writes through either.
    public partial class Tensor
    {
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        public Tensor this[params long[] indices]
        {
            get => At(indices);
            set => Assign(At(indices), value);
        }

        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => Assign(select(0, i1), value);
        }

        public Tensor this[long i1, long i2]
        {
            get => At(i1, i2);
            set => Assign(At(i1, i2), value);
        }

        public Tensor this[long i1, long i2, long i3]
        {
            get => At(i1, i2, i3);
            set => Assign(At(i1, i2, i3), value);
        }

        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => At(i1, i2, i3, i4);
            set => Assign(At(i1, i2, i3, i4), value);
        }

        public Tensor index(params TensorIndex[] indices)
        {
            (Tensor view, List<Tensor?> selectors, List<Tensor> owned) = Resolve(indices);
            if (selectors.Count == 0)
            {
                return view;
            }

            using (view)
            {
                Tensor result = Aten.index_Tensor.Call(view, selectors.ToArray());
                owned.ForEach(t => t.Dispose());
                return result;
            }
        }

        public Tensor index(params Tensor[] indices) => Aten.index_Tensor.Call(this, indices);

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => index_put_(value, indices, false);

        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, indices, false);

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) => Aten.index_put_.On(this, indices, value, accumulate);

        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false)
        {
            (Tensor view, List<Tensor?> selectors, List<Tensor> owned) = Resolve(indices);
            using (view)
            {
                if (selectors.Count > 0)
                {
                    _ = Aten.index_put_.On(view, selectors.ToArray(), value, accumulate);
                }
                else if (accumulate)
                {
                    _ = view.add_(value);
                }
                else
                {
                    CopyInto(view, value);
                }
            }

            owned.ForEach(t => t.Dispose());
            return this;
        }

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using Tensor number = full([], value, dtype, device);
            return index_put_(number, indices, false);
        }

        public Tensor index_put_(Scalar value, params Tensor[] indices)
        {
            using Tensor number = full([], value, dtype, device);
            return index_put_(number, indices, false);
        }

        private static void Assign(Tensor view, Tensor value)
        {
            using (view)
            {
                CopyInto(view, value);
            }
        }

        /// <summary>Like Python, leading dimensions of size 1 that the place does not have are dropped from the value.</summary>
        private static void CopyInto(Tensor view, Tensor value)
        {
            long[] sizes = value.shape;
            int extra = 0;
            long rank = view.ndim;
            while (sizes.Length - extra > rank && sizes[extra] == 1)
            {
                extra++;
            }

            if (extra == 0)
            {
                _ = view.copy_(value);
                return;
            }

            using Tensor trimmed = value.view(sizes[extra..]);
            _ = view.copy_(trimmed);
        }

        private Tensor At(params ReadOnlySpan<long> indices)
        {
            Tensor current = this;
            foreach (long i in indices)
            {
                Tensor next = current.select(0, i);
                if (!ReferenceEquals(current, this))
                {
                    current.Dispose();
                }

                current = next;
            }

            return ReferenceEquals(current, this) ? Alias() : current;
        }

        /// <summary>
        /// Applies what makes views, left to right, and gathers the index tensors by the dimension of the view that they select in (null: all of it).
        /// </summary>
        private (Tensor View, List<Tensor?> Selectors, List<Tensor> Owned) Resolve(TensorIndex[] indices)
        {
            Tensor view = Alias();
            List<Tensor?> selectors = [];
            List<Tensor> owned = [];
            long consumed = indices.Sum(Consumes);
            if (consumed > ndim)
            {
                throw new ArgumentException($"{consumed} indices were given for a tensor of rank {ndim}");
            }

            int dim = 0;
            foreach (TensorIndex index in indices)
            {
                switch (index.Kind)
                {
                    case TensorIndex.Kinds.Single:
                        Replace(ref view, view.select(dim, index.Start!.Value));
                        break;
                    case TensorIndex.Kinds.Slice:
                        if (index.Start is not null || index.Stop is not null || index.Step is not null)
                        {
                            Replace(ref view, Aten.slice_Tensor.Call(view, dim, index.Start, index.Stop, index.Step ?? 1));
                        }

                        dim++;
                        break;
                    case TensorIndex.Kinds.Ellipsis:
                        dim += (int)(ndim - consumed);
                        break;
                    case TensorIndex.Kinds.NewAxis:
                        Replace(ref view, view.unsqueeze(dim++));
                        break;
                    case TensorIndex.Kinds.Bool:
                        Replace(ref view, view.unsqueeze(dim));
                        owned.Add(full([1], index.Start != 0, ScalarType.Bool, device));
                        Select(selectors, dim++, owned[^1]);
                        break;
                    default:
                        Select(selectors, dim, index.Indices!);
                        dim += (int)Consumes(index);
                        break;
                }
            }

            return (view, selectors, owned);
        }

        private static long Consumes(TensorIndex index) => index.Kind switch
        {
            TensorIndex.Kinds.Single or TensorIndex.Kinds.Slice => 1,
            // A mask stands for as many dimensions as it has.
            TensorIndex.Kinds.Tensor => index.Indices!.dtype is ScalarType.Bool or ScalarType.Byte ? index.Indices.ndim : 1,
            _ => 0,
        };

        private static void Select(List<Tensor?> selectors, int dim, Tensor tensor)
        {
            while (selectors.Count < dim)
            {
                selectors.Add(null);
            }

            selectors.Add(tensor);
        }

        private static void Replace(ref Tensor view, Tensor next)
        {
            view.Dispose();
            view = next;
        }
    }
}
