global using FsCheck;
global using FsCheck.Fluent;
global using TorchSharp;
global using TorchSharp.Modules;
