[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Pipeline.Ledger.Tests")]
