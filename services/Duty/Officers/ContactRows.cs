using System.Text.Json;
using Hotline.Contracts;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Duty.Officers;

/// <summary>Contacts and preferences of one officer. A contact that is changed is a new one: its code was sent to the old address.</summary>
public static class ContactRows
{
    public static async Task<IReadOnlyList<ReadContacts.Item>> OfficersAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            "select id, user_name, alias, title, unit from accounts where disabled_at is null and roles && $1 order by user_name limit 200", connection);
        command.Parameters.Add(Sql.Parameter(DutyRoutes.CanBeOnDuty));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<ReadContacts.Item>();
        while (await reader.ReadAsync(cancel))
            items.Add(new ReadContacts.Item(reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.Maybe<string>(3), reader.GetString(4)));
        return items;
    }

    public static async Task<bool> IsOfficerAsync(NpgsqlConnection connection, Guid officer, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select exists (select from accounts where id = $1 and roles && $2)", connection);
        command.Parameters.Add(Sql.Parameter(officer));
        command.Parameters.Add(Sql.Parameter(DutyRoutes.CanBeOnDuty));
        return await command.ExecuteScalarAsync(cancel) is true;
    }

    public static async Task<(OfficerContacts Contacts, long Version)> ReadAsync(NpgsqlConnection connection, StorageKeys storage, Guid officer, CancellationToken cancel)
    {
        var (preferences, version) = await SettingsAsync(connection, officer, cancel);
        await using var command = new NpgsqlCommand(
            "select id, channel, address, verified_at is not null from officer_contacts where account_id = $1 and removed_at is null order by position, id", connection);
        command.Parameters.Add(Sql.Parameter(officer));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var contacts = new List<WrittenContact>();
        while (await reader.ReadAsync(cancel))
        {
            var (id, channel) = (reader.GetGuid(0), reader.GetString(1));
            var address = OfficerRows.Open(storage, id, reader.GetFieldValue<byte[]>(2));
            contacts.Add(new WrittenContact { Id = id, Channel = channel, Address = address, Verified = reader.GetBoolean(3), Warning = NumberAdvice.For(channel, address) });
        }
        return (new OfficerContacts { Contacts = contacts, Preferences = preferences }, version);
    }

    public static NpgsqlBatchCommand Insert(StorageKeys storage, Guid id, Guid officer, string channel, string address, int position, DateTimeOffset? verifiedAt, DateTimeOffset now) => Sql.Command(
        "insert into officer_contacts (id, account_id, channel, address, position, verified_at, added_at) values ($1, $2, $3, $4, $5, $6, $7)",
        id, officer, channel, OfficerRows.Seal(storage, id, address), position, verifiedAt, now);

    static async Task<(IReadOnlyList<Preference> Preferences, long Version)> SettingsAsync(NpgsqlConnection connection, Guid officer, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select preferences, version from officer_settings where account_id = $1", connection);
        command.Parameters.Add(Sql.Parameter(officer));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? (JsonSerializer.Deserialize<List<Preference>>(reader.GetString(0), Wire.Json)!, reader.GetInt64(1)) : ([], 0);
    }
}
