using System.CommandLine;
using System.Reflection;

namespace Hotline.Cli;

static class ShowVersion
{
    public static Command Command()
    {
        var command = new Command("version", "Print the version of this build.");
        command.SetAction(line => line.InvocationConfiguration.Output.WriteLine(
            typeof(ShowVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion));
        return command;
    }
}
