// Live counts are of the whole process, so tests of this assembly run one after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
