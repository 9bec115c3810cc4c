using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Hosting.Connections;

/// <summary>
/// Finds the value of a setting: on the command line, else in the environment, else in the settings file. A setting <c>broker-password</c> is <c>MOODPIPE_BROKER_PASSWORD</c> in the
/// environment and <c>password</c> below <c>broker</c> (or <c>broker-password</c> at the top) in the file; a secret may also be named by a file that holds it, with <c>-file</c> or <c>_FILE</c> added.
/// </summary>
public sealed class SettingsSource
{
    private const long MaxFileBytes = 1 << 20;
    private const long MaxSecretBytes = 4096;
    private readonly Dictionary<string, string> file;
    private readonly Func<string, string?> options;
    private readonly Func<string, string?> environment;

    /// <summary>Reads the settings file, if there is one.</summary>
    /// <param name="options">Value of an option of the command line by the setting's name, or null.</param>
    /// <param name="configFile">JSON or YAML; null for none.</param>
    /// <param name="environment">Value of a variable; null for the environment of the process.</param>
    /// <exception cref="ConfigurationException">The file cannot be read.</exception>
    public SettingsSource(Func<string, string?>? options = null, string? configFile = null, Func<string, string?>? environment = null)
    {
        this.options = options ?? (_ => null);
        this.environment = environment ?? Environment.GetEnvironmentVariable;
        ConfigFile = configFile;
        file = configFile is null ? [] : Read(configFile);
    }

    /// <summary>The settings file, or null.</summary>
    public string? ConfigFile { get; }

    /// <summary>Value of a setting, or null where nothing gives one.</summary>
    public string? Find(string name) => Given(options(name)) ?? Given(environment(Variable(name))) ?? file.GetValueOrDefault(name);

    /// <summary>Value of a setting that may be secret: itself, or the first line of the file that <c>name-file</c> gives. Not taken from the command line, which other users of the machine see.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read or is empty.</exception>
    public string? FindSecret(string name)
    {
        string? value = Given(environment(Variable(name))) ?? file.GetValueOrDefault(name);
        return value ?? (Find($"{name}-file") is { } path ? ReadSecret(name, path) : null);
    }

    /// <summary>Value of a setting that must be there.</summary>
    /// <exception cref="ConfigurationException">Nothing gives it.</exception>
    public string Require(string name, string example) =>
        Find(name) ?? throw new ConfigurationException($"name the {name} with --{name}, {Variable(name)} or the settings file (--config), such as {example}");

    /// <summary>Value of a setting as a number.</summary>
    /// <exception cref="ConfigurationException">It is none, or outside the range.</exception>
    public int Number(string name, int standard, int least, int most) => Find(name) is not { } text
        ? standard
        : int.TryParse(text, out int number) && number >= least && number <= most
            ? number
            : throw new ConfigurationException($"{name} is '{text}': write a whole number from {least} to {most}");

    /// <summary>Name of a setting's variable.</summary>
    public static string Variable(string name) => "MOODPIPE_" + name.Replace('-', '_').ToUpperInvariant();

    private static string? Given(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();

    private static string ReadSecret(string name, string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxSecretBytes } large)
            {
                throw new ConfigurationException($"{name}-file: {path} has {large.Length} bytes, that is no secret");
            }

            string text = File.ReadAllText(path);
            return Given(text.Split('\n')[0]) ?? throw new ConfigurationException($"{name}-file: {path} is empty");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{name}-file: {path} cannot be read: {e.Message}", e);
        }
    }

    // JSON is YAML. Two levels: groups and their settings, joined by a dash.
    private static Dictionary<string, string> Read(string path)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxFileBytes } large)
            {
                throw new ConfigurationException($"settings file {path} has {large.Length} bytes; {MaxFileBytes} are allowed");
            }

            var yaml = new YamlStream();
            using StreamReader reader = File.OpenText(path);
            yaml.Load(reader);
            if (yaml.Documents.Count > 0)
            {
                Add(values, "", yaml.Documents[0].RootNode, path);
            }

            return values;
        }
        catch (YamlException e)
        {
            throw new ConfigurationException($"settings file {path} is neither JSON nor YAML: line {e.Start.Line}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"settings file {path} cannot be read: {e.Message}", e);
        }
    }

    private static void Add(Dictionary<string, string> values, string prefix, YamlNode node, string path)
    {
        if (node is not YamlMappingNode map || prefix.Count(c => c == '/') > 1)
        {
            throw new ConfigurationException($"settings file {path}: settings are 'name: value', or groups of them such as 'broker:' with 'uri:' below");
        }

        foreach ((YamlNode key, YamlNode value) in map.Children)
        {
            string name = prefix + ((key as YamlScalarNode)?.Value ?? "");
            if (value is YamlScalarNode scalar)
            {
                // "broker: {uri: …}" is the setting "broker" itself.
                string setting = name.EndsWith("/uri", StringComparison.Ordinal) ? name[..^4] : name.Replace('/', '-');
                values[KebabCase(setting)] = scalar.Value?.Trim() ?? "";
            }
            else
            {
                Add(values, name + "/", value, path);
            }
        }
    }

    private static string KebabCase(string name) => string.Concat(name.Select(c => char.IsAsciiLetterUpper(c) ? $"-{char.ToLowerInvariant(c)}" : c == '_' ? "-" : $"{c}"));
}
