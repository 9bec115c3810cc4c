using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Pipeline.Torch.Tests;

/// <summary>Writes public members the way the reference list of the TorchSharp API does, less what the compiler does not bind to (modifiers, reference nullability).</summary>
internal static class ApiSignature
{
    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(void)] = "void", [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short", [typeof(int)] = "int",
        [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(ushort)] = "ushort", [typeof(float)] = "float", [typeof(double)] = "double", [typeof(char)] = "char",
        [typeof(string)] = "string", [typeof(object)] = "object",
    };

    /// <summary>Name of a type as in the list's headings: <c>torch.nn.Module&lt;T, TResult&gt;</c>.</summary>
    public static string NameOf(Type type, Queue<string?>? tupleNames = null)
    {
        if (s_keywords.TryGetValue(type, out string? keyword))
        {
            return keyword;
        }

        if (type.IsByRef)
        {
            return NameOf(type.GetElementType()!, tupleNames);
        }

        if (type.IsArray)
        {
            return $"{NameOf(type.GetElementType()!, tupleNames)}[{new string(',', type.GetArrayRank() - 1)}]";
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return NameOf(underlying, tupleNames) + "?";
        }

        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        Type[] arguments = type.GetGenericArguments();
        if (type.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) == true && !type.ContainsGenericParameters)
        {
            string?[] names = [.. arguments.Select(_ => tupleNames is { Count: > 0 } ? tupleNames.Dequeue() : null)];
            return $"({string.Join(", ", arguments.Zip(names, (a, n) => NameOf(a, tupleNames) + (n is null ? "" : $" {n}")))})";
        }

        return Outer(type, arguments, tupleNames);
    }

    public static string Of(MemberInfo member) => member switch
    {
        FieldInfo { IsLiteral: true } field => $"const {NameOf(field.FieldType)} {field.Name}",
        FieldInfo field => $"{(field.IsStatic ? "static " : "")}{NameOf(field.FieldType, Names(field))} {field.Name}",
        PropertyInfo property => Of(property),
        ConstructorInfo constructor => $"ctor({Parameters(constructor)})",
        MethodInfo method => $"{(method.IsStatic ? "static " : "")}{NameOf(method.ReturnType, Names(method.ReturnParameter))} {method.Name}"
            + $"{Generic(method)}({Parameters(method)}){Constraints(method)}",
        _ => member.Name,
    };

    private static string Of(PropertyInfo property)
    {
        MethodInfo[] accessors = property.GetAccessors(true);
        ParameterInfo[] indices = property.GetIndexParameters();
        string name = indices.Length == 0 ? property.Name : $"this[{string.Join(", ", indices.Select(Parameter))}]";
        string get = Visible(property.GetMethod) ? "get; " : "";
        string set = Visible(property.SetMethod) ? "set; " : "";
        return $"{(accessors[0].IsStatic ? "static " : "")}{NameOf(property.PropertyType, Names(property))} {name} {{ {get}{set}}}";
    }

    private static bool Visible(MethodInfo? accessor) => accessor is not null && (accessor.IsPublic || accessor.IsFamily || accessor.IsFamilyOrAssembly);

    private static string Outer(Type type, Type[] arguments, Queue<string?>? tupleNames)
    {
        // A nested type repeats the arguments of the types around it.
        int outerCount = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        string own = type.Name.Split('`')[0];
        if (arguments.Length > outerCount)
        {
            own += $"<{string.Join(", ", arguments.Skip(outerCount).Select(a => NameOf(a, tupleNames)))}>";
        }

        if (type.DeclaringType is not { } declaring)
        {
            return own;
        }

        Type closed = outerCount > 0 && !type.IsGenericTypeDefinition ? declaring.MakeGenericType(arguments[..outerCount]) : declaring;
        return $"{NameOf(closed)}.{own}";
    }

    private static string Generic(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => a.Name))}>" : "";

    private static string Constraints(MethodInfo method)
    {
        if (!method.IsGenericMethod)
        {
            return "";
        }

        return string.Concat(method.GetGenericArguments().Select(a =>
            (a.GenericParameterAttributes & GenericParameterAttributes.NotNullableValueTypeConstraint) != 0 ? $" where {a.Name} : struct"
            : a.GetGenericParameterConstraints() is { Length: > 0 } types ? $" where {a.Name} : {string.Join(", ", types.Select(t => NameOf(t)))}" : ""));
    }

    private static string Parameters(MethodBase method)
    {
        string first = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        return first + string.Join(", ", method.GetParameters().Select(Parameter));
    }

    private static string Parameter(ParameterInfo parameter)
    {
        string before = parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params "
            : parameter.IsOut ? "out "
            : parameter.ParameterType.IsByRef ? "ref " : "";
        string after = parameter.HasDefaultValue ? $" = {Default(parameter)}" : "";
        return $"{before}{NameOf(parameter.ParameterType, Names(parameter))} {parameter.Name}{after}";
    }

    private static string Default(ParameterInfo parameter) => parameter.DefaultValue switch
    {
        null => parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null ? "default" : "null",
        bool flag => flag ? "true" : "false",
        char letter => $"'{letter}'",
        string text => $"\"{text}\"",
        Enum value => $"{NameOf(value.GetType())}.{value}",
        float number => number.ToString("R", CultureInfo.InvariantCulture),
        var value when parameter.ParameterType.IsEnum => $"{NameOf(parameter.ParameterType)}.{Enum.ToObject(parameter.ParameterType, value)}",
        var value => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static Queue<string?> Names(ICustomAttributeProvider member) =>
        new(member.GetCustomAttributes(typeof(TupleElementNamesAttribute), false) is [TupleElementNamesAttribute names] ? names.TransformNames : []);
}
