using System.Text.Json;

namespace Hotline.Sealing.Tests;

/// <summary>The vector files: those beside this one, and those of the folder named in HOTLINE_VECTORS.</summary>
static class Wycheproof
{
    const string FurtherFiles = "HOTLINE_VECTORS";

    internal static IEnumerable<TestCaseData> Files(params string[] types) => Own().Concat(Further())
        .Where(f => Groups(f).Any(g => types.Contains(TypeOf(g))))
        .Select(f => new TestCaseData(f).SetArgDisplayNames(Path.GetFileName(f)));

    /// <summary>What the whole file is about, such as <c>AES-GCM</c>.</summary>
    internal static string Algorithm(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        return document.RootElement.Text("algorithm");
    }

    internal static bool IsOwn(string file) => Own().Contains(file);

    /// <summary>The tests of one file that are of the given type, each with its group.</summary>
    internal static IEnumerable<(JsonElement Group, JsonElement Test)> Tests(string file, string type) =>
        Groups(file).Where(g => TypeOf(g) == type).SelectMany(g => g.GetProperty("tests").EnumerateArray().Select(t => (g, t)));

    internal static string Text(this JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    internal static int Number(this JsonElement element, string member) => element.GetProperty(member).GetInt32();

    internal static byte[] Hex(this JsonElement element, string member) => Convert.FromHexString(element.Text(member));

    internal static string Name(this JsonElement test) => $"tcId {test.Number("tcId")} {test.Text("comment")}";

    /// <summary>The key of a group of token tests: private, or public where that is all a verifier needs.</summary>
    internal static JsonElement Key(JsonElement group) =>
        group.TryGetProperty("private", out var key) || group.TryGetProperty("public", out key) ? key : default;

    internal static byte[]? Coordinate(JsonElement key, string member) =>
        Base64UrlText.TryDecode(key.Text(member), out var bytes) && bytes.Length == 32 ? bytes : null;

    static IEnumerable<string> Own() => In(Path.Combine(AppContext.BaseDirectory, "Vectors"));

    static IEnumerable<string> Further() => Environment.GetEnvironmentVariable(FurtherFiles) is { Length: > 0 } folder ? In(folder) : [];

    static IEnumerable<string> In(string folder) => Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal);

    static string TypeOf(JsonElement group) => group.ValueKind == JsonValueKind.Object ? group.Text("type") : "";

    static IEnumerable<JsonElement> Groups(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        return document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("testGroups", out var groups) && groups.ValueKind == JsonValueKind.Array
                ? [.. groups.Clone().EnumerateArray()] : [];
    }
}
