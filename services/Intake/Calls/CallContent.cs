using System.Text.Json;
using Hotline.Contracts;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Calls;

/// <summary>A call as the database keeps it: a row in clear with its content sealed.</summary>
public sealed record StoredCall(Guid Id, string Reference, string Status, Guid KeyId, byte[] Content, long Version)
{
    public const string Columns = "id, reference, status, key_id, content, version";

    public static StoredCall Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetGuid(3), reader.GetFieldValue<byte[]>(4), reader.GetInt64(5));

    /// <summary>Opens the content.</summary>
    /// <exception cref="SealBrokenException">The cell is not the one that was sealed here at this version.</exception>
    public Call Open(DataKey key) => JsonSerializer.Deserialize<Call>(key.Open(Content, CallCell.Content(Id, Version)), Wire.Json)!;
}

/// <summary>Where the sealed cells of a call are.</summary>
public static class CallCell
{
    public static CellAddress Content(Guid call, long version) => new("calls", call, "content", version);

    public static CellAddress CallerNumber(Guid call) => new("calls", call, "caller_number", 1);
}

/// <summary>The sealed columns of a call, ready to be written.</summary>
public sealed record SealedCall(byte[] Content, int? CallerIndex, byte[]? CallerNumber)
{
    public const string CallerNumberPurpose = "caller-number";

    /// <summary>What the log says of a call's content: who has its key can compare, and once that is destroyed it tells nothing.</summary>
    public static byte[] Commit(Call call, DataKey key) => Commitment.Of(key.CommitmentSalt(), JsonSerializer.SerializeToUtf8Bytes(call, Wire.Json));

    public static SealedCall Of(Guid id, long version, Call call, DataKey key, StorageKeys storage)
    {
        var number = PhoneNumber.Normalise(call.CallerNumber);
        return new SealedCall(
            key.Seal(JsonSerializer.SerializeToUtf8Bytes(call, Wire.Json), CallCell.Content(id, version)),
            number is null ? null : storage.BlindIndex(number, CallerNumberPurpose),
            number is null ? null : key.SealText(number, CallCell.CallerNumber(id)));
    }
}

/// <summary>The ids of a call's persons: given here, so that a case can name its victim, and kept through every amendment.</summary>
public static class PersonIds
{
    /// <summary>A new call brings no ids.</summary>
    public static Refusal? CheckUnnamed(Call call) => Check(call, new HashSet<Guid>());

    /// <summary>An amended call brings only ids that its persons have, each once.</summary>
    public static Refusal? CheckKnown(Call call, Call before) => Check(call, (before.Persons ?? []).Select(p => p.Id).OfType<Guid>().ToHashSet());

    /// <summary>
    /// A person who comes without an id keeps the one that the same name and role had before, or that the only one of that
    /// role had: a list that is sent whole must not take a case's victim away.
    /// </summary>
    public static Call Keep(Call call, Call before)
    {
        if (call.Persons is not { } persons)
            return call;
        var free = (before.Persons ?? []).Where(p => persons.All(q => q.Id != p.Id)).ToList();
        var kept = persons.Select(p => p.Id is null && Take(free, f => f.Role == p.Role && p.FullName is not null && Text.Fold(f.FullName) == Text.Fold(p.FullName)) is { } same
            ? p with { Id = same } : p).ToList();
        return call with
        {
            Persons = [.. kept.Select(p => p.Id is null && kept.Count(q => q.Role == p.Role) == 1 && (before.Persons ?? []).Count(f => f.Role == p.Role) == 1
                && Take(free, f => f.Role == p.Role) is { } only ? p with { Id = only } : p)],
        };

        static Guid? Take(List<Person> free, Predicate<Person> same)
        {
            var at = free.FindIndex(same);
            if (at < 0)
                return null;
            var id = free[at].Id;
            free.RemoveAt(at);
            return id;
        }
    }

    /// <summary>Gives an id to every person who has none.</summary>
    public static Call Give(Call call, TimeProvider time) => call.Persons is null ? call : call with
    {
        Persons = [.. call.Persons.Select(p => p.Id is null ? p with { Id = Guid.CreateVersion7(time.GetUtcNow()) } : p)],
    };

    static Refusal? Check(Call call, HashSet<Guid> known) => (call.Persons ?? [])
        .Select((p, i) => p.Id is { } id && !known.Remove(id) ? Refusal.With("request.unknown-member", "at", $"/persons/{i}/id") : null)
        .FirstOrDefault(r => r is not null);
}
