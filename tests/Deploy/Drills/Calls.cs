using System.Text.Json.Nodes;
using Hotline.Cli.Drills;
using Hotline.Testing.Actors;

namespace Hotline.Deploy.Tests.Drills;

/// <summary>Lines of a file of calls, made for a test.</summary>
static class Calls
{
    public static JsonObject Line(string id = "C-901", string? repeatOf = null, string urgency = "P1", params string[] agencies)
    {
        var line = Samples.Call();
        line["id"] = id;
        line["disposition"] = "referral";
        line["consent"] = new JsonObject { ["given"] = "not-asked", ["overrideGround"] = "legal-duty" };
        line["repeatOf"] = repeatOf;
        line["expected"] = new JsonObject
        {
            ["caseNeeded"] = true, ["urgency"] = urgency, ["agencies"] = new JsonArray([.. agencies.Select(agency => (JsonNode)agency)]), ["mustNot"] = new JsonArray(),
        };
        return line;
    }

    /// <summary>One line, read as the drill reads it.</summary>
    public static DrillCall Read(Action<JsonObject>? change = null)
    {
        var line = Line();
        change?.Invoke(line);
        using var file = new WrittenCalls(line);
        return DrillCall.ReadAll(file.Path)[0];
    }
}

/// <summary>A file of calls that is gone after the test.</summary>
sealed class WrittenCalls : IDisposable
{
    public WrittenCalls(params JsonObject[] lines) => File.WriteAllLines(Path, lines.Select(line => line.ToJsonString()));

    public string Path { get; } = System.IO.Path.GetTempFileName();

    public void Dispose() => File.Delete(Path);
}
