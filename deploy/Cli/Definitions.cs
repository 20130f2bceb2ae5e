using System.CommandLine;
using Hotline.Provisioning.Broker;

namespace Hotline.Cli;

/// <summary><c>hotline definitions</c>: what deploy/broker/definitions.json is generated with.</summary>
static class Definitions
{
    public static Command Command()
    {
        var command = new Command("definitions", "Print the broker's definitions (users without passwords, permissions, policies, queues).");
        command.SetAction(line => line.InvocationConfiguration.Output.Write(DefinitionsFile.Text(Topology.Standard)));
        return command;
    }
}
