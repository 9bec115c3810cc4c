[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Pipeline.Contracts.Tests")]
