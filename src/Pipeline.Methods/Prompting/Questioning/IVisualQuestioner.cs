using Pipeline.Imaging;

namespace Pipeline.Methods.Prompting;

/// <summary>A multimodal model that answers questions about pictures.</summary>
public interface IVisualQuestioner
{
    /// <summary>Encodes a picture once for all questions about it. Dispose the result.</summary>
    IPictureConversation Look(RgbImage picture);
}
