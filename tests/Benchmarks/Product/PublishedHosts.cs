using System.Diagnostics;
using Hotline.Provisioning.Hosts;

namespace Hotline.Benchmarks.Product;

/// <summary>The services as they are delivered: published, Release.</summary>
static class PublishedHosts
{
    public static async Task<HostPrograms> PublishAsync(string folder, params string[] projects)
    {
        foreach (var project in projects)
        {
            var source = Path.Combine(Clone.Folder, "services", project == "Intake" ? "Intake" : Path.Combine("Agencies", project));
            using var publish = Process.Start(new ProcessStartInfo("dotnet", ["publish", source, "-c", "Release", "-o", Path.Combine(folder, project), "-v", "q", "--nologo", "-p:RunAnalyzers=false"])
            {
                RedirectStandardOutput = true,
            })!;
            var said = await publish.StandardOutput.ReadToEndAsync();
            await publish.WaitForExitAsync();
            if (publish.ExitCode != 0)
                throw new InvalidOperationException($"{project} could not be published:\n{said}");
        }
        return HostPrograms.Published(folder);
    }
}
