using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Messages;
using Pipeline.Diffusion;
using Pipeline.Imaging;
using Pipeline.Methods;
using Pipeline.Methods.Emotions;
using Pipeline.Models;

namespace Pipeline.Stages.Core;

/// <summary>Says what an exception means: for the item, the worker and the job.</summary>
public static partial class FaultClassifier
{
    /// <summary>Code and class of an exception.</summary>
    public static (string Code, FaultClass Class) Classify(Exception error) => error switch
    {
        PipelineException e => (e.Code, e.Class),
        ImageFormatException { Kind: ImageErrorKind.TooLarge } => (ErrorCodes.SourceTooLarge, FaultClass.Poison),
        ImageFormatException => (ErrorCodes.SourceUndecodable, FaultClass.Poison),
        EditException e => (e.Code, FaultClass.Poison),
        DiffusionException => (ErrorCodes.Parameter, FaultClass.Poison),
        EmotionException => (ErrorCodes.UnknownEmotion, FaultClass.Poison),
        ModelFormatException => (ErrorCodes.ModelMissing, FaultClass.Environment),
        DllNotFoundException or TypeInitializationException { InnerException: DllNotFoundException } => (ErrorCodes.EnvironmentFault, FaultClass.Environment),
        OutOfMemoryException => (ErrorCodes.OutOfMemory, FaultClass.Memory),
        _ when error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) => (ErrorCodes.OutOfMemory, FaultClass.Memory),
        _ when DeviceLost().IsMatch(error.Message) => (ErrorCodes.DeviceLost, FaultClass.Environment),
        TimeoutException or IOException => (ErrorCodes.TransientIo, FaultClass.Transient),
        _ => (ErrorCodes.Logic, FaultClass.Logic),
    };

    /// <summary>The outcome of an item that failed so.</summary>
    public static StageOutcome Outcome(FaultClass faultClass) => faultClass switch
    {
        FaultClass.Transient or FaultClass.Memory => StageOutcome.Transient,
        FaultClass.Crash => StageOutcome.Crash,
        _ => StageOutcome.Poison,
    };

    /// <summary>The error as it travels: message shortened, with a fingerprint that ignores what differs from item to item.</summary>
    public static ItemError Describe(Exception error)
    {
        (string code, FaultClass faultClass) = Classify(error);
        string own = error.Message.StartsWith($"{code}: ", StringComparison.Ordinal) ? error.Message[(code.Length + 2)..] : error.Message;
        string text = code == ErrorCodes.Logic ? $"{error.GetType().Name}: {own}" : own;
        string message = text.Length > ItemError.MaxMessage ? text[..ItemError.MaxMessage] : text;
        string type = error.GetType().FullName ?? error.GetType().Name;
        string shape = Variable().Replace(message, "#");
        return new ItemError
        {
            Code = code, Class = faultClass, Type = type, Message = message,
            Fingerprint = Sha256Digest.Of(Encoding.UTF8.GetBytes($"{code}|{type}|{shape}"))[..16],
        };
    }

    // After these the process can no longer use its device; every later call fails as well.
    [GeneratedRegex(@"CUDA error|device-side assert|CUDNN_STATUS_(EXECUTION_FAILED|INTERNAL_ERROR)|CUBLAS_STATUS_(EXECUTION_FAILED|INTERNAL_ERROR|NOT_INITIALIZED)", RegexOptions.IgnoreCase)]
    private static partial Regex DeviceLost();

    // Quoted texts, paths, hexadecimal digests and numbers.
    [GeneratedRegex("""'[^']*'|"[^"]*"|(?<!\w)[\w.-]*/[^\s:;,)]*|\b[0-9a-f]{8,}\b|\d+(\.\d+)?""")]
    private static partial Regex Variable();
}
