using Pipeline.Benchmarks;

// Plain stopwatch runs: they work without a network and on a shared machine, where only minima and processor time mean something.
//   dotnet run -c Release --project tests/benchmarks/Pipeline.Benchmarks -- [calls] [kernels] [memory] [blocks] [unet] [stores] [bus] [scaling] [world] [training]
//   ... -- methods MODELS SIDE [METHOD...]
//   ... -- cluster-memory ITEMS folder|s3
//   ... -- overhead MODELS SIDE ITEMS REPEATS
if (args is ["methods", var models, var side, .. var names])
{
    MethodBenchmarks.Run(models, int.Parse(side, System.Globalization.CultureInfo.InvariantCulture), names);
    return 0;
}

if (args is ["cluster-memory", var items, "folder" or "s3"])
{
    await ClusterMemoryBenchmarks.RunAsync(int.Parse(items, System.Globalization.CultureInfo.InvariantCulture), inBucket: args[2] == "s3");
    return 0;
}

if (args is ["overhead", var folder, .. { Length: 3 } numbers])
{
    int[] sizes = [.. numbers.Select(n => int.Parse(n, System.Globalization.CultureInfo.InvariantCulture))];
    await OverheadBenchmarks.RunAsync(folder, sizes[0], sizes[1], sizes[2]);
    return 0;
}

string[] chosen = args.Length > 0 ? args : ["calls", "kernels", "memory", "blocks"];
EngineBenchmarks.Describe();
foreach (string name in chosen)
{
    switch (name)
    {
        case "calls":
            EngineBenchmarks.Calls();
            break;
        case "kernels":
            EngineBenchmarks.Kernels();
            break;
        case "memory":
            EngineBenchmarks.Memory();
            break;
        case "blocks":
            DiffusionBenchmarks.Blocks();
            break;
        case "unet":
            DiffusionBenchmarks.UNet();
            break;
        case "stores":
            await StoreBenchmarks.RunAsync();
            break;
        case "bus":
            await BusBenchmarks.RunAsync();
            break;
        case "scaling":
            await ScalingBenchmarks.RunAsync();
            break;
        case "world":
            WorldBenchmarks.Render();
            break;
        case "training":
            TrainingBenchmarks.Readers();
            break;
        default:
            Console.Error.WriteLine($"unknown benchmark '{name}'; there are calls, kernels, memory, blocks, unet, stores, world and training");
            return 2;
    }
}

return 0;
