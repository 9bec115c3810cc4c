using System.Reflection;
using TorchSharp.Native;

namespace Pipeline.Torch.Tests;

/// <summary>The table of operators against the libtorch at hand.</summary>
public sealed class OperatorTableTests
{
    /// <summary>Operators that only some versions have, and that the code asks for before it uses them.</summary>
    private static readonly string[] s_probed = ["aten::scaled_dot_product_attention", "aten::_scaled_dot_product_attention"];

    [Fact]
    public void Every_operator_of_the_table_exists_or_is_probed_before_use()
    {
        List<string> missing = [];
        foreach (FieldInfo field in typeof(Aten).GetFields(BindingFlags.Static | BindingFlags.Public))
        {
            Op op = (Op)field.GetValue(null)!;
            if (!op.Exists && !s_probed.Contains(op.Name))
            {
                missing.Add(op.Name);
            }
        }

        Assert.Empty(missing);
    }

    [Fact]
    public void Field_names_are_the_operators_names()
    {
        foreach (FieldInfo field in typeof(Aten).GetFields(BindingFlags.Static | BindingFlags.Public))
        {
            Assert.Equal(field.Name, ((Op)field.GetValue(null)!).Name["aten::".Length..].Replace('.', '_'));
        }
    }

    [Fact]
    public void An_operator_that_libtorch_lacks_is_named_in_the_error()
    {
        Op absent = new("no_such_operator", "Tensor");
        NotSupportedException error = Assert.Throws<NotSupportedException>(() => absent.Run());
        Assert.Contains("no_such_operator.Tensor", error.Message, StringComparison.Ordinal);
        Assert.False(absent.Exists);
    }
}
