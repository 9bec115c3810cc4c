// One test at a time: the counts of live tensors and the engine's generator are of the whole process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
