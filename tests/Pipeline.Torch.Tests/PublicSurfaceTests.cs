using System.Reflection;
using System.Runtime.CompilerServices;
using Pipeline.TestKit;

namespace Pipeline.Torch.Tests;

/// <summary>
/// The assembly stands for TorchSharp: whatever it offers must exist there with the same signature, or product code would not compile against the package.
/// </summary>
public sealed class PublicSurfaceTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly ApiList s_reference = new(Fixtures.Path("torchsharp-api.txt"));

    [Fact]
    public void Every_public_type_and_member_exists_in_TorchSharp_with_the_same_signature()
    {
        List<string> strangers = [];
        foreach (Type type in typeof(TorchSharp.torch).Assembly.GetTypes().Where(IsVisible))
        {
            string name = ApiSignature.NameOf(type);
            if (s_reference.Members(name) is not { } known)
            {
                strangers.Add($"type {name}");
            }
            else if (!type.IsEnum)
            {
                strangers.AddRange(type.GetMembers(Declared).Where(IsOffered).Select(ApiSignature.Of).Where(s => !known.Contains(s)).Select(s => $"{name}: {s}"));
            }
        }

        Assert.True(strangers.Count == 0, $"{strangers.Count} not in TorchSharp:\n{string.Join('\n', strangers.Order())}");
    }

    [Fact]
    public void The_reference_list_is_the_whole_one() => Assert.InRange(s_reference.Count, 2500, 5000);

    [Theory]
    [InlineData("torch.Tensor", "torch.Tensor add(torch.Tensor target, Scalar alpha)")]
    [InlineData("torch", "static torch.Tensor cat(IList<torch.Tensor> tensors, long dim = 0)")]
    [InlineData("torch.nn.Module<T, TResult>", "TResult forward(T input)")]
    public void The_list_is_read_as_it_is_written(string type, string member) => Assert.Contains(member, s_reference.Members(type)!);

    [Fact]
    public void Enumerations_have_TorchSharps_numbers()
    {
        foreach (Type type in typeof(TorchSharp.torch).Assembly.GetTypes().Where(t => IsVisible(t) && t.IsEnum))
        {
            string known = string.Join(", ", s_reference.Members(ApiSignature.NameOf(type))!);
            foreach (object value in Enum.GetValues(type))
            {
                Assert.Contains($"{value}={Convert.ToInt64(value)}", known.Split(", "));
            }
        }
    }

    private static bool IsVisible(Type type) =>
        type.IsVisible && !type.IsDefined(typeof(CompilerGeneratedAttribute)) && !type.Name.StartsWith('<');

    private static bool IsOffered(MemberInfo member) => member switch
    {
        MethodInfo method => Reachable(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal))
            && !(method.GetBaseDefinition().DeclaringType == typeof(object)) && method.Name is not ("Finalize" or "Equals" or "GetHashCode"),
        ConstructorInfo constructor => !constructor.IsStatic && Reachable(constructor) && !(constructor.DeclaringType!.IsAbstract && constructor.GetParameters().Length == 0),
        FieldInfo field => (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly) && !field.IsSpecialName,
        PropertyInfo property => property.GetAccessors(true).Any(Reachable),
        _ => false,
    };

    private static bool Reachable(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;
}
