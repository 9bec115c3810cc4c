// One test at a time: the counts of live tensors are of the whole process, and the engine's threads are few.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
