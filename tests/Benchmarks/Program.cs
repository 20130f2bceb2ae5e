using System.CommandLine;
using Hotline.Benchmarks;

var count = new Option<int>("--count") { Description = "Referrals a round.", DefaultValueFactory = _ => 3000 };
var concurrency = new Option<int>("--concurrency") { Description = "In flight at once.", DefaultValueFactory = _ => 32 };
var rounds = new Option<int>("--rounds") { Description = "Rounds, of which the median counts.", DefaultValueFactory = _ => 3 };
var json = new Option<string?>("--json") { Description = "File to write the figures to." };
var referrals = new Command("referrals", "The whole path of a referral against floors of the same run.") { count, concurrency, rounds, json };
referrals.SetAction((line, _) => Referrals.RunAsync(line.GetValue(count), line.GetValue(concurrency), line.GetValue(rounds), line.GetValue(json)));

return await new RootCommand("Measures the hotline, as ratios to floors of the same run. See README.md.") { referrals }.Parse(args).InvokeAsync();
