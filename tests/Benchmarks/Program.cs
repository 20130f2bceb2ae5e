using System.CommandLine;
using Hotline.Benchmarks;

// One file for each benchmark; each makes its own command.
return await new RootCommand("Measures the hotline, as ratios to floors of the same run. See README.md.")
{
    Referrals.Command(),
    Backlog.Command(),
    Idle.Command(),
    Large.Command(),
    Soak.Command(),
    Audit.Command(),
    Escalations.Command(),
    Consoles.Command(),
}.Parse(args).InvokeAsync();
