namespace Pipeline.Methods.Prompting;

/// <summary>The codes of <see cref="ParseNote"/>. They are stored in results: add, never rename.</summary>
public static class ParseNoteCodes
{
    // The frame around the JSON.
    public const string TooLong = "tooLong";
    public const string ByteOrderMark = "byteOrderMark";
    public const string SpecialTokens = "specialTokens";
    public const string CodeFence = "codeFence";
    public const string RolePrefix = "rolePrefix";
    public const string TextBefore = "textBefore";
    public const string TextAfter = "textAfter";
    public const string MultipleObjects = "multipleObjects";
    public const string DoubleEncoded = "doubleEncoded";

    // The syntax of the JSON.
    public const string SmartQuotes = "smartQuotes";
    public const string SingleQuotes = "singleQuotes";
    public const string InnerQuote = "innerQuote";
    public const string UnclosedString = "unclosedString";
    public const string RawControl = "rawControl";
    public const string BadEscape = "badEscape";
    public const string ExtraComma = "extraComma";
    public const string MissingComma = "missingComma";
    public const string MissingColon = "missingColon";
    public const string MissingValue = "missingValue";
    public const string BareKey = "bareKey";
    public const string BareValue = "bareValue";
    public const string PythonLiteral = "pythonLiteral";
    public const string NotANumber = "notANumber";
    public const string NumberFormat = "numberFormat";
    public const string Comment = "comment";
    public const string FullWidth = "fullWidth";
    public const string Mismatched = "mismatched";
    public const string Truncated = "truncated";
    public const string TooDeep = "tooDeep";
    public const string StrayCharacter = "strayCharacter";

    // The shape of the answer.
    public const string Placeholder = "placeholder";
    public const string Wrapper = "wrapper";
    public const string KeyedObject = "keyedObject";
    public const string KeyName = "keyName";
    public const string ValueType = "valueType";
    public const string Sections = "sections";
    public const string RepeatedLine = "repeatedLine";
    public const string Unusable = "unusable";

    // The values.
    public const string MissingSourceCaption = "missingSourceCaption";
    public const string MissingTargetCaption = "missingTargetCaption";
    public const string MissingStimuli = "missingStimuli";
    public const string MissingPhrase = "missingPhrase";
    public const string MissingTarget = "missingTarget";
    public const string MissingSource = "missingSource";
    public const string DuplicatePhrase = "duplicatePhrase";
    public const string TooManyStimuli = "tooManyStimuli";
    public const string TextCut = "textCut";
    public const string Action = "action";
    public const string ImportanceMissing = "importanceMissing";
    public const string ImportanceText = "importanceText";
    public const string ImportanceScale = "importanceScale";
    public const string ImportanceClamped = "importanceClamped";
    public const string BoxUnit = "boxUnit";
    public const string BoxFormat = "boxFormat";
    public const string BoxCornerSize = "boxCornerSize";
    public const string BoxClamped = "boxClamped";
    public const string BoxGrown = "boxGrown";
    public const string BoxDropped = "boxDropped";
    public const string BoxGlobal = "boxGlobal";
    public const string FaceParts = "faceParts";
}
