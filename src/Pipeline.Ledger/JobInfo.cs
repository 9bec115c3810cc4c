namespace Pipeline.Ledger;

/// <summary>A job as it stands.</summary>
/// <param name="Id">Identity.</param>
/// <param name="State">State.</param>
/// <param name="Epoch">Epoch of new dispatches.</param>
/// <param name="StageMask">Stages that every item needs.</param>
/// <param name="Window">Most items in flight.</param>
/// <param name="ImportedPictures">Pictures that are imported: where an interrupted import goes on.</param>
/// <param name="ImportedItems">Items that are imported.</param>
public sealed record JobInfo(string Id, JobState State, int Epoch, int StageMask, int Window, long ImportedPictures, long ImportedItems);
