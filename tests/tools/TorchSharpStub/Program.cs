using TorchSharpStub;

// TorchSharpStub LIST FOLDER: writes a project whose assembly has the members that LIST names and throws in all of them. check.sh builds the product against it.
if (args.Length != 2)
{
    Console.Error.WriteLine("usage: TorchSharpStub torchsharp-api.txt FOLDER");
    return 2;
}

ApiDocument document = ApiDocument.Read(args[0]);
Directory.CreateDirectory(args[1]);
StubWriter writer = new(document);
File.WriteAllText(Path.Combine(args[1], "TorchSharp.cs"), writer.Write());
Console.WriteLine($"{writer.Written} members written, {writer.LeftOut} left out (their types are not in the list)");
return 0;
