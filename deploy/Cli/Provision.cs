using System.CommandLine;
using Hotline.Provisioning;
using Hotline.Provisioning.Hosts;
using Hotline.Provisioning.Installations;
using Hotline.Provisioning.Servers;
using Spectre.Console;

namespace Hotline.Cli;

/// <summary><c>hotline provision</c>: what <c>up</c> prepares, on servers of yours, for services that something else starts (containers).</summary>
static class Provision
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static Command Command()
    {
        var state = StateOption.Create();
        var port = new Option<int>("--port") { Description = "Port of the hotline's own service; the agencies get the next ones.", DefaultValueFactory = _ => Up.StandardPort, HelpName = "BASE" };
        var environment = new Option<string>("--environment") { Description = "exercise or production. Decided the first time, for good.", DefaultValueFactory = _ => "exercise" };
        environment.AcceptOnlyFromAmong("exercise", "production");
        var command = new Command("provision", "Make databases, keys, broker users, accounts and settings on the servers that HOTLINE_POSTGRES and HOTLINE_RABBITMQ name. Each service is reached under its party's name, as in containers. Starts nothing.")
        {
            port, environment, state,
        };
        command.SetAction((line, cancellation) => RunAsync(StateOption.Folder(line, state), line.GetValue(port), line.GetValue(environment)!, cancellation));
        return command;
    }

    static async Task RunAsync(string folder, int port, string environment, CancellationToken cancellation)
    {
        await using var servers = await PrivateServers.OpenAsync(new ServerOptions { StateFolder = folder, Tell = Say }, cancellation);
        if (servers.Postgres is not null || servers.RabbitMq is not null)
            throw new ProvisioningException("Name both servers: HOTLINE_POSTGRES=postgres://user:password@host:5432 HOTLINE_RABBITMQ=amqp://user:password@host:5672");
        await AnswerAsync(servers.Addresses.Database, cancellation);
        var agencies = AddedAgencies.AllOf(folder);
        var installation = await Installation.PrepareAsync(new InstallationPlan
        {
            StateFolder = folder,
            Servers = servers.Addresses,
            Programs = HostPrograms.Find(),
            Agencies = agencies,
            Environment = environment,
            Ports = Up.PortsFrom(port, agencies),
            NamedHosts = true,
            Tell = Say,
        }, cancellation);
        await installation.ApplyTopologyAsync(cancellation);
        HandOver.Settings(installation);
        Say($"{string.Join(", ", installation.Parties.Keys)} may start.");
    }

    static async Task AnswerAsync(DatabaseServer database, CancellationToken cancellation)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await database.AnswersAsync(cancellation))
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience) throw new ProvisioningException($"PostgreSQL does not answer at {database.Host}:{database.Port}.");
            await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
        }
    }

    static void Say(string line) => AnsiConsole.MarkupLineInterpolated($"[grey]{line}[/]");
}
