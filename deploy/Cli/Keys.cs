using System.CommandLine;
using Hotline.Provisioning.Installations;
using Hotline.Sealing;
using Spectre.Console;

namespace Hotline.Cli;

/// <summary><c>hotline keys</c>: the parties' public keys.</summary>
static class Keys
{
    public static Command Command() => new("keys", "Show, replace and repair the keys that parties sign and seal with.") { ShowCommand(), RotateCommand(), RenewCommand(), RepairCommand() };

    static Command ShowCommand()
    {
        var state = StateOption.Create();
        var command = new Command("show", "List every party's public keys as the signed key directory has them.") { state };
        command.SetAction(line =>
        {
            var directory = DirectoryAuthor.Open(StateOption.Existing(StateOption.Folder(line, state)).KeyFolder).Current;
            Print(directory);
        });
        return command;
    }

    static Command RotateCommand()
    {
        var state = StateOption.Create();
        var party = new Argument<string>("PARTY") { Description = "For example police." };
        var grace = new Option<int>("--grace")
        {
            Description = "Seconds to wait, at most, until all parties have heard of the new keys. One that is away asks for them when it meets them.",
            DefaultValueFactory = _ => (int)KeyRotation.StandardGrace.TotalSeconds,
            HelpName = "SECONDS",
        };
        var command = new Command("rotate", "Give a party new keys while everything runs. The old ones go on opening what is on its way, for 31 days.") { party, state, grace };
        command.SetAction(async (line, cancellation) =>
        {
            var plan = StateOption.Existing(StateOption.Folder(line, state), line.GetValue(party)!);
            var directory = await KeyRotation.RotateAsync(Installation.Open(plan), line.GetValue(party)!, TimeSpan.FromSeconds(line.GetValue(grace)), cancellation);
            Print(directory);
        });
        return command;
    }

    static Command RenewCommand()
    {
        var state = StateOption.Create();
        var command = new Command("renew", "Sign the key directory again, with the same keys, for another year.") { state };
        command.SetAction(async (line, cancellation) =>
            Print(await KeyRotation.RenewAsync(Installation.Open(StateOption.Existing(StateOption.Folder(line, state))), cancellation)));
        return command;
    }

    static Command RepairCommand()
    {
        var state = StateOption.Create();
        var party = new Argument<string>("PARTY") { Description = "For example police." };
        var command = new Command("repair", "Make both copies of a party's data keys alike, after one was damaged or lost. Nothing that was shredded comes back.") { party, state };
        command.SetAction(async (line, cancellation) =>
        {
            var installation = Installation.Open(StateOption.Existing(StateOption.Folder(line, state), line.GetValue(party)!));
            var result = await KeyStoreRepair.RunAsync(installation, line.GetValue(party)!, cancellation);
            AnsiConsole.MarkupLineInterpolated(
                $"[bold]{line.GetValue(party)}[/]: {result.Keys} keys in both copies; {result.Copied} copied, {result.Recovered} from the last seven days, {result.Replaced} replaced, {result.Destroyed} destroyed again.");
            if (result.Damaged > 0) AnsiConsole.MarkupLineInterpolated($"[red]{result.Damaged} keys open in no copy: what they sealed is lost.[/]");
            return result.Damaged > 0 ? 1 : 0;
        });
        return command;
    }

    static void Print(KeyDirectory directory)
    {
        AnsiConsole.MarkupLineInterpolated($"Directory version [bold]{directory.Version}[/] ({directory.Environment}, suite {directory.Suite}), issued {directory.Issued:u}, expires {directory.Expires:u}");
        var table = new Table { Border = TableBorder.Rounded }.AddColumns("Party", "Use", "Key", "State", "Not before", "Not after");
        foreach (var key in directory.Parties.Order(StringComparer.Ordinal).SelectMany(directory.KeysOf))
            table.AddRow(Markup.Escape(key.Party), key.Use == KeyUse.Signing ? "sign" : "seal", key.Kid, key.State.ToString().ToLowerInvariant(), $"{key.NotBefore:u}", $"{key.NotAfter:u}");
        AnsiConsole.Write(table);
    }
}
