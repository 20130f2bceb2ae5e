using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Hotline.Provisioning;
using Hotline.Provisioning.Hosts;
using Hotline.Provisioning.Installations;
using Hotline.Provisioning.Servers;
using Spectre.Console;

namespace Hotline.Cli;

/// <summary><c>hotline up</c>: servers, databases, keys, accounts, services; until Ctrl-C.</summary>
static class Up
{
    internal const int StandardPort = 5080;

    public static Command Command()
    {
        var state = StateOption.Create();
        var port = new Option<int>("--port") { Description = "Port of the hotline's own service; the agencies get the next ones.", DefaultValueFactory = _ => StandardPort, HelpName = "BASE" };
        var environment = new Option<string>("--environment") { Description = "exercise (the clock can be moved, for rehearsals) or production. Decided at the first start, for good.", DefaultValueFactory = _ => "exercise" };
        environment.AcceptOnlyFromAmong("exercise", "production");
        var otlp = new Option<string>("--otlp") { Description = "Address of an OpenTelemetry collector for traces and metrics.", HelpName = "URL" };
        var open = new Option<bool>("--open") { Description = "Open the operator's desk in the browser when everything runs." };
        var command = new Command("up", "Start everything on this machine and stop it again on Ctrl-C. What was entered is kept for the next start.") { state, port, environment, otlp, open };
        command.SetAction((line, cancellation) => RunAsync(
            StateOption.Folder(line, state), line.GetValue(port), line.GetValue(environment)!, line.GetValue(otlp), line.GetValue(open), cancellation));
        return command;
    }

    static async Task<int> RunAsync(string folder, int port, string environment, string? otlp, bool open, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            stop.Cancel();
        });
        var started = Stopwatch.StartNew();
        var agencies = AddedAgencies.AllOf(folder);
        var ports = FreePortsFrom(port, agencies);
        await using var servers = await PrivateServers.OpenAsync(new ServerOptions { StateFolder = folder, Tell = Say }, stop.Token);
        var plan = new InstallationPlan
        {
            StateFolder = folder,
            Servers = servers.Addresses,
            Programs = HostPrograms.Find(),
            Agencies = agencies,
            Environment = environment,
            Ports = ports,
            Otlp = otlp,
            SimulateChannels = environment == "exercise",
            Tell = Say,
        };
        var hosts = new List<HostProcess>();
        ChildProcess? simulator = null;
        try
        {
            var installation = await StartAsync(plan, servers, hosts, stop.Token);
            if (installation.Simulated is { } simulated)
                simulator = await simulated.StartAsync(folder, stop.Token);
            WhereToClick.Print(installation, started.Elapsed);
            if (open && Browser.Open(WhereToClick.DeskOf(installation)) is { } problem)
                Say(problem);
            await Task.WhenAll(hosts.Select(host => WatchAsync(host, stop.Token)));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop, by Ctrl-C or otherwise: that is how this command ends.
        }
        finally
        {
            Say("Stopping ...");
            simulator?.Kill();
            await Task.WhenAll(hosts.Select(host => host.DisposeAsync().AsTask()));
        }
        return 0;
    }

    static async Task<Installation> StartAsync(InstallationPlan plan, PrivateServers servers, List<HostProcess> hosts, CancellationToken cancellation)
    {
        Say($"Starting PostgreSQL (port {plan.Servers.Database.Port}) and RabbitMQ (port {plan.Servers.Broker.Port}) ...");
        var broker = servers.StartBrokerAsync(cancellation);
        await servers.StartDatabaseAsync(cancellation);
        Say("Preparing databases, keys and accounts ...");
        var installation = await Installation.PrepareAsync(plan, cancellation);
        var topology = ApplyTopologyAsync(broker, installation, cancellation);
        // Hosts need no broker to start. Only at the very first start their users are not there yet.
        if (!installation.TopologyIsKnown) await topology;
        Say($"Starting {installation.Parties.Count} services ...");
        hosts.AddRange(installation.Parties.Keys.Select(party => installation.Node(party)));
        await Task.WhenAll([topology, .. hosts.Select(host => host.StartAsync(cancellation))]);
        return installation;
    }

    static async Task ApplyTopologyAsync(Task broker, Installation installation, CancellationToken cancellation)
    {
        await broker;
        await installation.ApplyTopologyAsync(cancellation);
    }

    /// <summary>Starts a service again that ended by itself or was killed.</summary>
    static async Task WatchAsync(HostProcess host, CancellationToken cancellation)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
            if (host.ProcessId is not null) continue;
            Say($"{host.Name} ended; starting it again. Its log: {host.LogFile}");
            try
            {
                await host.StartAsync(cancellation);
            }
            catch (ProvisioningException problem)
            {
                Say(problem.Message);
                await Task.Delay(TimeSpan.FromSeconds(10), cancellation);
            }
        }
    }

    /// <summary>The hub's port and the next ones.</summary>
    internal static Dictionary<string, int> PortsFrom(int first, IReadOnlyList<string> agencies)
    {
        string[] parties = [Contracts.Parties.Hub, .. agencies];
        return parties.Index().ToDictionary(party => party.Item, party => first + party.Index);
    }

    static Dictionary<string, int> FreePortsFrom(int first, IReadOnlyList<string> agencies)
    {
        var ports = PortsFrom(first, agencies);
        var taken = ports.Values.Where(port => !LoopbackPort.IsFree(port)).ToList();
        return taken.Count == 0 ? ports : throw new ProvisioningException(
            $"Port {string.Join(", ", taken)} on 127.0.0.1 is in use. Stop what uses it, or choose others: hotline up --port {first + 1000}");
    }

    static void Say(string line) => AnsiConsole.MarkupLineInterpolated($"[grey]{line}[/]");
}
