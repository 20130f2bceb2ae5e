using System.CommandLine;
using Hotline.Provisioning;
using Hotline.Provisioning.Installations;
using OtpNet;
using Spectre.Console;

namespace Hotline.Cli;

/// <summary><c>hotline account</c>: how to sign in as a demo account, where no authenticator application is at hand.</summary>
static class Account
{
    public static Command Command()
    {
        var state = StateOption.Create();
        var party = new Argument<string>("PARTY") { Description = "For example police." };
        var user = new Argument<string>("USER") { Description = "For example operator." };
        var command = new Command("account", "Show a demo account's address, password and the one-time code of this half minute.") { party, user, state };
        command.SetAction((line, _) =>
        {
            var accounts = DemoAccount.Read(StateOption.Folder(line, state));
            var account = accounts.FirstOrDefault(a => a.Service == line.GetValue(party) && a.UserName == line.GetValue(user))
                ?? throw new ProvisioningException(accounts.Count == 0
                    ? "There are no accounts yet: start hotline up first."
                    : $"There is no such account. There are: {string.Join(", ", accounts.Select(a => $"{a.Service} {a.UserName}"))}.");
            AnsiConsole.MarkupLineInterpolated($"address   [link]{account.BaseUrl}[/]");
            AnsiConsole.MarkupLineInterpolated($"user name [bold]{account.UserName}[/]");
            AnsiConsole.MarkupLineInterpolated($"password  [bold]{account.Password}[/]");
            AnsiConsole.MarkupLineInterpolated($"code      [bold]{new Totp(Base32Encoding.ToBytes(account.TotpSecret)).ComputeTotp()}[/]");
            return Task.CompletedTask;
        });
        return command;
    }
}
