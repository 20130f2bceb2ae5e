using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hotline.Sealing.Tests;

/// <summary>
/// Runs jose.mjs with Node and the pinned jose. Never skipped: without Node the tests fail and say what is missing.
/// </summary>
static class Node
{
    static readonly string Folder = typeof(Node).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(a => a.Key == "InteropFolder").Value!;

    static readonly Lazy<Task> Installed = new(InstallAsync);

    internal static async Task<JsonNode> AskAsync(JsonObject question)
    {
        await Installed.Value;
        var answer = await RunAsync("node", ["jose.mjs"], question.ToJsonString());
        return JsonNode.Parse(answer)!;
    }

    internal static JsonNode PublicKey(PublicKey key) => JsonNode.Parse(key.Key.ToJson())!;

    internal static JsonNode PrivateKey(Jwk key) => JsonNode.Parse(key.ToJson())!;

    static async Task InstallAsync()
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "jose")))
            await RunAsync("npm", ["ci", "--no-audit", "--no-fund"], "");
        var installed = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "node_modules", "jose", "package.json")));
        var pinned = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "package.json")));
        Assert.That(installed.RootElement.GetProperty("version").GetString(),
            Is.EqualTo(pinned.RootElement.GetProperty("dependencies").GetProperty("jose").GetString()),
            "node_modules holds another version of jose than package.json pins: remove tests/Sealing/Interop/node_modules");
    }

    static async Task<string> RunAsync(string program, string[] arguments, string input)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await process.WaitForExitAsync();
            Assert.That(process.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)} in tests/Sealing/Interop: {await errors}");
            return await output;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new AssertionException(
                $"The interoperability test needs Node 20 or later with npm on the PATH; {program} could not be started: {e.Message}");
        }
    }
}
