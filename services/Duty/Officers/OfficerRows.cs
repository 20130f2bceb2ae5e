using System.Text;
using System.Text.Json;
using Hotline.Contracts;
using Hotline.Duty.Roster;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Duty.Officers;

/// <summary>
/// Officers and how to reach them. Must stay true: an address is in clear in memory only; in the database it is sealed,
/// and it goes into no log and no exception; one that does not open costs that contact, and nobody else's.
/// </summary>
static class OfficerRows
{
    /// <summary>The officers of those user names whose accounts still hold, in the order given.</summary>
    public static async Task<IReadOnlyList<Target>> FindAsync(
        NpgsqlConnection connection, StorageKeys storage, IReadOnlyList<string> userNames, string unit, CancellationToken cancel)
    {
        var found = await ByNameAsync(connection, storage, userNames, unit, cancel);
        return [.. userNames.Where(found.ContainsKey).Select(name => found[name])];
    }

    /// <summary>By user name; whoever has no account any more is left out.</summary>
    public static async Task<IReadOnlyDictionary<string, Target>> ByNameAsync(
        NpgsqlConnection connection, StorageKeys storage, IReadOnlyList<string> userNames, string unit, CancellationToken cancel)
    {
        var found = new Dictionary<string, Target>();
        if (userNames.Count == 0)
            return found;
        await using var command = new NpgsqlCommand(
            """
            select a.id, a.user_name, a.alias, a.title, s.preferences, c.id, c.channel, c.address, c.verified_at is not null
            from accounts a left join officer_settings s on s.account_id = a.id
              left join officer_contacts c on c.account_id = a.id and c.removed_at is null
            where a.user_name = any($1) and a.disabled_at is null
            order by a.user_name, c.position, c.id
            """,
            connection);
        command.Parameters.Add(Sql.Parameter(userNames.ToArray()));
        var broken = false;
        await using (var reader = await command.ExecuteReaderAsync(cancel))
            while (await reader.ReadAsync(cancel))
            {
                var (id, name) = (reader.GetGuid(0), reader.GetString(1));
                if (!found.TryGetValue(name, out var officer))
                    found[name] = officer = new Target(id, TargetKind.Person, reader.GetString(2), reader.Maybe<string>(3), unit, new List<Contact> { new(id, "console", id.ToString(), true) })
                    {
                        Preferences = PreferencesOf(reader.Maybe<string>(4)),
                    };
                if (reader.IsDBNull(5))
                    continue;
                if (TryOpen(storage, reader.GetGuid(5), reader.GetFieldValue<byte[]>(7)) is { } address)
                    ((List<Contact>)officer.Contacts).Add(new Contact(reader.GetGuid(5), reader.GetString(6), address, reader.GetBoolean(8)));
                else
                    broken = true;
            }
        if (broken)
            await AlarmAsync(connection, cancel);
        return found;
    }

    static async Task AlarmAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var clock = new NpgsqlCommand("select hotline_now()", connection);
        var now = new DateTimeOffset((DateTime)(await clock.ExecuteScalarAsync(cancel))!, TimeSpan.Zero);
        await using var alarm = new NpgsqlBatch(connection);
        alarm.BatchCommands.Add(Alarm.Raise("storage.seal-broken", null, null, null, now));
        await alarm.ExecuteNonQueryAsync(cancel);
    }

    static string? TryOpen(StorageKeys storage, Guid contact, byte[] address)
    {
        try
        {
            return Open(storage, contact, address);
        }
        catch (SealBrokenException)
        {
            return null;
        }
    }

    public static byte[] Seal(StorageKeys storage, Guid contact, string address) => storage.SealSecret(Encoding.UTF8.GetBytes(address), Context(contact));

    public static string Open(StorageKeys storage, Guid contact, byte[] address) => Encoding.UTF8.GetString(storage.OpenSecret(address, Context(contact)));

    static string Context(Guid contact) => $"officer_contacts/{contact}/address";

    static Dictionary<string, IReadOnlyList<string>> PreferencesOf(string? json) => json is null
        ? [] : JsonSerializer.Deserialize<List<Preference>>(json, Wire.Json)!.ToDictionary(p => p.Urgency!, p => p.Channels!);
}
