using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;

namespace Hotline.Sealing;

/// <summary>What a directory token signs, and its form: written and read here only.</summary>
sealed record DirectoryContent(
    int Version,
    DateTimeOffset Issued,
    DateTimeOffset Expires,
    string Environment,
    string Suite,
    IReadOnlyDictionary<string, IReadOnlyList<PublicKey>> Parties,
    IReadOnlyDictionary<string, IReadOnlyList<string>> LogKeys)
{
    const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    const int LongestPartyName = 64;
    const int LongestLogKey = 400;
    const int MostLogKeys = 32;
    static readonly string[] StateNames = ["pending", "active", "decrypt-only", "revoked"];

    /// <summary>Lower-case letters, digits and hyphens: the name also stands in headers, queues and folders.</summary>
    internal static bool IsPartyName(string name) =>
        name.Length is > 0 and <= LongestPartyName && name[0] is >= 'a' and <= 'z'
        && name.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-');

    internal byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version", Version);
            writer.WriteString("issued", Text(Issued));
            writer.WriteString("expires", Text(Expires));
            writer.WriteString("environment", Environment);
            writer.WriteString("suite", Suite);
            writer.WriteStartArray("parties");
            foreach (var (party, keys) in Parties.OrderBy(p => p.Key, StringComparer.Ordinal))
            {
                writer.WriteStartObject();
                writer.WriteString("party", party);
                writer.WriteStartArray("keys");
                foreach (var key in keys)
                    Write(writer, key);
                writer.WriteEndArray();
                if (LogKeys.TryGetValue(party, out var logKeys) && logKeys.Count > 0)
                {
                    writer.WriteStartArray("logKeys");
                    foreach (var key in logKeys)
                        writer.WriteStringValue(key);
                    writer.WriteEndArray();
                }
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return stream.ToArray();
    }

    static void Write(Utf8JsonWriter writer, PublicKey key)
    {
        writer.WriteStartObject();
        key.Key.WriteMembers(writer);
        writer.WriteString("notBefore", Text(key.NotBefore));
        writer.WriteString("notAfter", Text(key.NotAfter));
        writer.WriteString("state", StateNames[(int)key.State]);
        if (key.RevokedAt is { } at)
            writer.WriteString("revokedAt", Text(at));
        writer.WriteEndObject();
    }

    internal static DirectoryContent? TryRead(ReadOnlySpan<byte> json, out string? code)
    {
        if (!StrictJson.TryParse(json, out var root, out code))
            return null;
        code = SealingCodes.Malformed;
        if (!HasExactly(root, ["version", "issued", "expires", "environment", "suite", "parties"]))
            return null;
        if (root.GetProperty("suite").ValueKind != JsonValueKind.String || !root.GetProperty("suite").ValueEquals(Sealing.Suite.Name))
        {
            code = SealingCodes.UnknownSuite;
            return null;
        }
        if (root.GetProperty("version").ValueKind != JsonValueKind.Number || !root.GetProperty("version").TryGetInt32(out var version)
            || version < 1 || Time(root.GetProperty("issued")) is not { } issued || Time(root.GetProperty("expires")) is not { } expires
            || root.GetProperty("environment") is not { ValueKind: JsonValueKind.String } environment
            || ReadParties(root.GetProperty("parties")) is not var (parties, logKeys))
            return null;
        code = null;
        return new DirectoryContent(version, issued, expires, environment.GetString()!, Sealing.Suite.Name, parties, logKeys);
    }

    static (FrozenDictionary<string, IReadOnlyList<PublicKey>> Keys, FrozenDictionary<string, IReadOnlyList<string>> LogKeys)? ReadParties(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array)
            return null;
        var parties = new Dictionary<string, IReadOnlyList<PublicKey>>();
        var logKeys = new Dictionary<string, IReadOnlyList<string>>();
        var kids = new HashSet<string>();
        foreach (var item in list.EnumerateArray())
        {
            var hasLogKeys = item.ValueKind == JsonValueKind.Object && item.TryGetProperty("logKeys", out _);
            if (!HasExactly(item, hasLogKeys ? ["party", "keys", "logKeys"] : ["party", "keys"]) || item.GetProperty("party") is not { ValueKind: JsonValueKind.String } name
                || item.GetProperty("keys") is not { ValueKind: JsonValueKind.Array } keys || !IsPartyName(name.GetString()!))
                return null;
            if (hasLogKeys)
            {
                if (ReadLogKeys(item.GetProperty("logKeys")) is not { } texts)
                    return null;
                logKeys[name.GetString()!] = texts;
            }
            var read = keys.EnumerateArray().Select(k => ReadKey(name.GetString()!, k)).ToList();
            if (read.Exists(k => k is null || !kids.Add(k.Kid)) || !parties.TryAdd(name.GetString()!, read!))
                return null;
        }
        return (parties.ToFrozenDictionary(), logKeys.ToFrozenDictionary());
    }

    /// <summary>Texts only: what a verifier key of a note is, Transparency knows.</summary>
    static List<string>? ReadLogKeys(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MostLogKeys)
            return null;
        var texts = list.EnumerateArray().Select(k => k.ValueKind == JsonValueKind.String ? k.GetString()! : string.Empty).ToList();
        return texts.TrueForAll(k => k.Length is > 0 and <= LongestLogKey) && texts.Distinct().Count() == texts.Count ? texts : null;
    }

    static PublicKey? ReadKey(string party, JsonElement item)
    {
        var jwk = Jwk.TryRead(item, secret: false, name => name is "notBefore" or "notAfter" or "state" or "revokedAt");
        if (jwk is null || Time(item, "notBefore") is not { } notBefore || Time(item, "notAfter") is not { } notAfter
            || !item.TryGetProperty("state", out var state) || state.ValueKind != JsonValueKind.String)
            return null;
        var known = Array.IndexOf(StateNames, state.GetString());
        var revokedAt = Time(item, "revokedAt");
        if (known < 0 || revokedAt is null == ((KeyState)known == KeyState.Revoked)
            || revokedAt is null && item.TryGetProperty("revokedAt", out _))
            return null;
        return new PublicKey(party, jwk)
        {
            NotBefore = notBefore,
            NotAfter = notAfter,
            State = (KeyState)known,
            RevokedAt = revokedAt,
        };
    }

    static bool HasExactly(JsonElement element, string[] members) =>
        element.ValueKind == JsonValueKind.Object && element.EnumerateObject().Count() == members.Length
        && Array.TrueForAll(members, m => element.TryGetProperty(m, out _));

    static DateTimeOffset? Time(JsonElement element, string member) => element.TryGetProperty(member, out var value) ? Time(value) : null;

    static DateTimeOffset? Time(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && DateTimeOffset.TryParseExact(value.GetString(), TimeFormat,
            CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}
