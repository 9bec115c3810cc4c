using System.CommandLine;

var root = new RootCommand("Moodpipe: batch emotion-driven image editing.");
return root.Parse(args).Invoke();
