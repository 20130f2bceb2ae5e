using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hotline.Sealing;

namespace Hotline.Hosting.Audit;

/// <summary>The line of a referral's history that a record belongs to.</summary>
public sealed record HistoryLine(long Id, Guid Referral, DateTimeOffset At, string Event, string Actor, string State, Guid? Jti)
{
    /// <summary>One spelling, for the commitment.</summary>
    public override string ToString() => $"{Id} {Referral} {AuditLeaf.Time(At)} {Event} {Actor} {State} {Jti}";
}

/// <summary>A record as it came, with what its leaf is made of.</summary>
public sealed record Arrived(long Id, AuditRecord Record, string Text, HistoryLine? History)
{
    /// <summary>What the leaf commits to: the record and its line of history, to the last letter.</summary>
    public byte[] Committed => Encoding.UTF8.GetBytes($"{Id}\n{AuditLeaf.Time(Record.At)}\n{Text}\n{History}");
}

/// <summary>
/// What stands in the log for a record: canonical JSON (RFC 8785: members sorted, no spaces, no fractions) of kind, time,
/// pseudonyms, message, hashes, commitment and key directory, and nothing else. Must stay true: the same record gives the
/// same bytes, and once the case's data key is destroyed they tell nothing; otherwise verification accuses honest people,
/// or shredding leaves a trace.
/// </summary>
public sealed class AuditLeaf(StorageKeys storage)
{
    const string PseudonymPurpose = "audit-pseudonym";
    const string SaltPurpose = "audit-salt";
    const int PseudonymBytes = 16;

    /// <summary>People are few; what they did is much.</summary>
    const int MostActors = 10_000;

    readonly ConcurrentDictionary<string, string> actors = new();

    static readonly JsonWriterOptions Form = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The leaf of a record.</summary>
    /// <param name="salt">Of the commitment; null where the case was shredded before the record had its leaf.</param>
    /// <param name="directory">Version of the key directory in force.</param>
    public string Of(Arrived arrived, byte[]? salt, int directory) =>
        Write(arrived.Record, salt is null ? null : Digest.Text(Commitment.Of(salt, arrived.Committed)), directory);

    /// <summary>The leaf with a commitment that cannot be computed any more.</summary>
    public string Write(AuditRecord record, string? commitment, int directory)
    {
        var output = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(output, Form))
        {
            json.WriteStartObject();
            json.WriteString("actor", Actor(record.Actor));
            json.WriteString("at", Time(record.At));
            Text(json, "case", Subject(record));
            Text(json, "commitment", commitment);
            json.WriteNumber("directory", directory);
            Text(json, "jti", record.Jti?.ToString());
            json.WriteString("kind", record.Kind);
            Text(json, "receipt", record.Receipt);
            Text(json, "sha256", record.Sha256);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>The salt of a record's commitment.</summary>
    /// <param name="key">The case's data key, where the record names one.</param>
    public byte[] Salt(Arrived arrived, DataKey? key) => key?.CommitmentSalt() ?? storage.Mac(Encoding.UTF8.GetBytes(arrived.Id.ToString(CultureInfo.InvariantCulture)), SaltPurpose);

    /// <summary>What the log calls an account. A party, and what no person did, keep their name; of <c>party/alias</c> the party is kept.</summary>
    public string Actor(string actor)
    {
        if (actors.TryGetValue(actor, out var known))
            return known;
        if (actors.Count > MostActors)
            actors.Clear();
        return actors[actor] = Name(actor);
    }

    string Name(string actor)
    {
        var slash = actor.IndexOf('/', StringComparison.Ordinal);
        var (party, alias) = slash < 0 ? (string.Empty, actor) : (actor[..(slash + 1)], actor[(slash + 1)..]);
        return slash < 0 && IsNobody(alias) ? alias : party + Pseudonym("actor", alias);
    }

    /// <summary>What the log calls a case, a call or a referral.</summary>
    public string Subject(Guid id) => Pseudonym("subject", id.ToString());

    public string? Subject(AuditRecord record) => (record.Referral ?? record.Case ?? record.Call) is { } id ? Subject(id) : null;

    internal static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    // Names of parties; accounts are named otherwise because their aliases are pseudonymised whatever they look like.
    static bool IsNobody(string name) => name is "system" or "unknown" or "intake" or "provisioning";

    string Pseudonym(string of, string name) =>
        System.Buffers.Text.Base64Url.EncodeToString(storage.Mac(Encoding.UTF8.GetBytes($"{of}/{name}"), PseudonymPurpose).AsSpan(0, PseudonymBytes));

    static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }
}
