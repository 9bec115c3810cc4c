namespace Pipeline.Methods.Prompting;

/// <summary>Finds JSON inside other text by counting brackets outside strings.</summary>
internal static class JsonSpans
{
    /// <summary>Index of the next <c>{</c>, or of a <c>[</c> (or several) that opens a list of objects; -1 where there is none.</summary>
    public static int FindStart(string text, int from)
    {
        var brackets = -1;
        for (var i = from; i < text.Length; i++)
        {
            if (text[i] == '{')
                return brackets >= 0 ? brackets : i;
            if (text[i] == '[')
                brackets = brackets >= 0 ? brackets : i;
            else if (!char.IsWhiteSpace(text[i]))
                brackets = -1;
        }
        return -1;
    }

    /// <summary>Index after the bracket that closes the one at <paramref name="start"/>; -1 where the text ends first.</summary>
    public static int FindEnd(string text, int start)
    {
        var depth = 0;
        for (var i = start; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '{' or '[':
                    depth++;
                    break;
                case '}' or ']':
                    if (--depth == 0)
                        return i + 1;
                    break;
                case '"':
                    for (i++; i < text.Length && text[i] != '"'; i++)
                    {
                        if (text[i] == '\\')
                            i++;
                    }
                    break;
            }
        }
        return -1;
    }
}
