using System.Security.Cryptography;
using System.Text;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Classification;

namespace Pipeline.Models;

/// <summary>
/// The models of a run: a folder whose sub-folders are components in Hugging Face layouts, or one such component. Components are recognised by their
/// configuration, never by the name of their folder.
/// </summary>
public sealed class ModelDirectory
{
    private const string Card = "README.md";

    private ModelDirectory(string path, IReadOnlyList<ModelComponent> components)
    {
        Path = path;
        Components = components;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The components, in order of kind and path.</summary>
    public IReadOnlyList<ModelComponent> Components { get; }

    /// <summary>Looks at a folder and the folders directly in it.</summary>
    /// <exception cref="ModelFormatException">The folder does not exist, or a configuration in it is malformed.</exception>
    public static ModelDirectory Open(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new ModelFormatException($"{path}: no such folder; --models names the folder that holds the model folders");
        }

        string full = System.IO.Path.GetFullPath(path);
        IEnumerable<string> folders = [full, .. Directory.EnumerateDirectories(full).Order(StringComparer.Ordinal)];
        return new ModelDirectory(full, [.. folders.Select(Recognise).OfType<ModelComponent>().OrderBy(c => c.Kind).ThenBy(c => c.Path, StringComparer.Ordinal)]);
    }

    /// <summary>The component of a kind, or null; the first by path when there are several.</summary>
    public ModelComponent? Find(ComponentKind kind) => Components.FirstOrDefault(c => c.Kind == kind);

    /// <summary>The component of a kind.</summary>
    /// <exception cref="ModelFormatException">There is none, or more than one: which of them is meant is not to be guessed.</exception>
    public ModelComponent Require(ComponentKind kind)
    {
        ModelComponent[] found = [.. Components.Where(c => c.Kind == kind)];
        string have = Components.Count == 0 ? "nothing that is recognised" : string.Join(", ", Components.Select(c => $"{System.IO.Path.GetFileName(c.Path)} ({c.Architecture})"));
        return found.Length switch
        {
            1 => found[0],
            0 => throw new ModelFormatException($"{Path}: needs {Describe(kind)}; it has {have}"),
            _ => throw new ModelFormatException($"{Path}: has {found.Length} folders with {Describe(kind)} ({string.Join(", ", found.Select(c => System.IO.Path.GetFileName(c.Path)))}); leave one"),
        };
    }

    /// <summary>
    /// SHA-256 of a component, in lower-case hexadecimal: over its files' relative paths and digests, in order. The same files give the same digest anywhere. A <c>README.md</c> at its root is
    /// no part of it: a model card may be corrected without making another model of it.
    /// </summary>
    public static string Digest(ModelComponent component) => Digest(component.Path);

    /// <inheritdoc cref="Digest(ModelComponent)"/>
    public static string Digest(string folder) => Digest(folder, FileDigests.Sha256);

    /// <summary>The same digest, with the files' own digests from elsewhere, such as a cache.</summary>
    /// <param name="folder">Folder of the component.</param>
    /// <param name="digestOf">SHA-256 of the file at a path, in lower-case hexadecimal.</param>
    public static string Digest(string folder, Func<string, string> digestOf)
    {
        ArgumentNullException.ThrowIfNull(digestOf);
        StringBuilder list = new();
        foreach (string file in Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 8 })
            .Where(f => System.IO.Path.GetRelativePath(folder, f) != Card).Order(StringComparer.Ordinal))
        {
            list.Append(System.IO.Path.GetRelativePath(folder, file).Replace('\\', '/')).Append('\0').Append(digestOf(file)).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(list.ToString())));
    }

    /// <summary>What a folder is, or null when it is nothing a run uses.</summary>
    public static ModelComponent? Recognise(string folder)
    {
        string index = System.IO.Path.Combine(folder, "model_index.json");
        if (File.Exists(index))
        {
            string pipeline = ModelConfig.Read(index).String("_class_name", "unknown pipeline");
            return new ModelComponent(pipeline.Contains("InstructPix2Pix", StringComparison.Ordinal) ? ComponentKind.Instruct : ComponentKind.Diffusion, folder, pipeline);
        }

        string config = System.IO.Path.Combine(folder, "config.json");
        ModelConfig? read = File.Exists(config) ? ModelConfig.Read(config) : null;
        string type = read?.String("model_type", "") ?? "";
        ComponentKind? kind = type switch
        {
            "llava_next" => ComponentKind.Mllm,
            "blip-2" => ComponentKind.Captioner,
            "clip" => ComponentKind.Clip,
            "vit" when VitClassifierConfig.IsClassifier(read!) => ComponentKind.Classifier,
            "vit" => ComponentKind.Dino,
            "lpips" => ComponentKind.Lpips,
            _ => null,
        };
        return kind is { } known ? new ModelComponent(known, folder, type) : null;
    }

    private static string Describe(ComponentKind kind) => kind switch
    {
        ComponentKind.Diffusion => "a diffusers pipeline (a folder with model_index.json)",
        ComponentKind.Instruct => "an InstructPix2Pix pipeline (a folder with model_index.json that names it)",
        ComponentKind.Mllm => "a LLaVA-NeXT (model_type llava_next)",
        ComponentKind.Captioner => "a BLIP-2 (model_type blip-2)",
        ComponentKind.Clip => "a CLIP (model_type clip)",
        ComponentKind.Lpips => "an LPIPS network (model_type lpips)",
        ComponentKind.Classifier => "an image classifier (ViTForImageClassification)",
        _ => "a DINO vision transformer (model_type vit, no classifier)",
    };
}
