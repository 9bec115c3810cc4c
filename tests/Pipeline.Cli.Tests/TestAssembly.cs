// One test at a time: commands write to the console of the process, and the engine's threads are few.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
