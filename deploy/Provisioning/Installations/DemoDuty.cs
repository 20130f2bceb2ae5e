// What a party's duty starts with: calendar, numbers to ring, ladders, demo officers and their rosters. What must stay
// true: where a roster exists, nothing is touched; an administrator's change is never written over.
using Hotline.Contracts;
using Hotline.Duty.Calendar;
using Hotline.Duty.Ladders;
using Hotline.Duty.Officers;
using Hotline.Duty.Roster;
using Hotline.Handling.Profiles;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Provisioning.Installations;

static class DemoDuty
{
    const string By = "provisioning";

    /// <summary>Plans and rosters hold from here on, so that a drill may look back.</summary>
    static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.FromHours(7));

    sealed record Officer(string UserName, string Title, string Role);

    // Nobody signs in as these: they fill the rota, and pages to them can be looked at.
    static readonly Officer[] AtTheHub = [new("supervisor-2", "Giám sát viên", "supervisor"), new("shift-head", "Trưởng ca trực", "supervisor")];
    static readonly Officer[] AtAnAgency = [new("duty-officer-2", "Cán bộ trực ban", "dutyOfficer"), new("duty-head", "Trưởng ca trực ban", "dutyOfficer")];

    public static async Task CreateAsync(InstalledParty party, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(party.Databases.Owner + ";Pooling=false");
        await connection.OpenAsync(cancellation);
        await using var known = new NpgsqlCommand("select exists (select from rosters)", connection);
        if (await known.ExecuteScalarAsync(cancellation) is true) return;
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var batch = new NpgsqlBatch(connection);
        var profile = party.Name == Parties.Hub ? null : AgencyProfile.Load(party.Settings.Profile!, party.Name);
        var (numbers, now) = (DeskFile.Read(), TimeProvider.System.GetUtcNow());
        AddCalendar(batch, now);
        AddNumbers(batch, numbers.Where(number => profile is null || number.Agency == party.Name), now);
        batch.BatchCommands.Add(DutyPlan.Insert(DefaultPlan.Of(profile?.Duty.OfficeHours, profile?.Duty.LegalClocks, profile?.AcknowledgeWithin), 1, Start, By, now));
        AddOfficers(batch, profile is null ? AtTheHub : AtAnAgency, now);
        foreach (var roster in profile is null ? [DemoRosters.OfHub()] : DemoRosters.Of(profile, numbers))
            batch.BatchCommands.Add(UnitRoster.Insert(roster, 1, Start, By, now));
        await batch.ExecuteNonQueryAsync(cancellation);
        await AddContactsAsync(connection, party, StorageKeys.Load(party.Settings.KeyFolder), now, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    static void AddCalendar(NpgsqlBatch batch, DateTimeOffset now)
    {
        var days = CalendarFiles.KnownDays();
        foreach (var day in days)
            batch.BatchCommands.Add(CalendarDays.Insert(day, By, now));
        foreach (var year in days.Select(day => day.Date.Year).Distinct())
            batch.BatchCommands.Add(Sql.Command("insert into calendar_years (year, version) values ($1, 1)", year));
    }

    static void AddNumbers(NpgsqlBatch batch, IEnumerable<DeskNumber> numbers, DateTimeOffset now)
    {
        foreach (var (position, number) in numbers.Index())
            batch.BatchCommands.Add(Sql.Command(
                "insert into desks (id, agency, unit, name_vi, phone, hours, source, position) values ($1, $2, $3, $4, $5, $6, $7, $8)",
                Guid.CreateVersion7(now), number.Agency, number.Unit, number.NameVi, number.Phone, number.Hours, number.Source, position));
    }

    /// <summary>An empty hash is the hash of no password, so that the account cannot be signed in to.</summary>
    static void AddOfficers(NpgsqlBatch batch, IEnumerable<Officer> officers, DateTimeOffset now)
    {
        foreach (var officer in officers)
            batch.BatchCommands.Add(Sql.Command(
                """
                insert into accounts (id, user_name, alias, title, unit, roles, password_hash, totp_secret)
                values ($1, $2, $2, $3, 'central', $4, '', '') on conflict (user_name) do nothing
                """,
                Guid.CreateVersion7(now), officer.UserName, officer.Title, (string[])[officer.Role]));
    }

    static async Task AddContactsAsync(NpgsqlConnection connection, InstalledParty party, StorageKeys storage, DateTimeOffset now, CancellationToken cancellation)
    {
        var officers = (await ContactRows.OfficersAsync(connection, cancellation)).ToList();
        await using var batch = new NpgsqlBatch(connection);
        foreach (var (n, officer) in officers.Index())
        {
            // 011 is assigned to nobody; the ending tells the officers of all parties apart.
            var number = $"011 1{PlaceOf(party.Name):D3} {n + 1:D3}";
            foreach (var (position, (channel, address)) in new[] { ("email", $"{officer.UserName}@{party.Name}.example"), ("sms", number), ("voice", number) }.Index())
                batch.BatchCommands.Add(ContactRows.Insert(storage, Guid.CreateVersion7(now), officer.Id, channel, address, position, verifiedAt: now, now));
            batch.BatchCommands.Add(Sql.Command("insert into officer_settings (account_id, version, preferences) values ($1, 1, '[]')", officer.Id));
        }
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    static int PlaceOf(string party) => party == Parties.Hub ? 0 : InstallationPlan.StandardAgencies.ToList().IndexOf(party) + 1;
}
