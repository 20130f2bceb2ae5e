using System.Text.Json;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Provisioning.Servers;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Provisioning.Installations;

/// <summary>An account that provisioning made, as <c>accounts.json</c> (0600) lists it (http.md, "Accounts").</summary>
/// <param name="Service">The party.</param>
/// <param name="TotpSecret">Base32, for RFC 6238 with 30 s and six digits.</param>
public sealed record DemoAccount(string Service, string Role, string UserName, string Password, string TotpSecret, Uri BaseUrl)
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    static readonly (string Role, string UserName, bool Designated)[] AtTheHub =
        [("operator", "operator", false), ("supervisor", "supervisor", false), ("administrator", "administrator", false)];

    static readonly (string Role, string UserName, bool Designated)[] AtAnAgency =
        [("dutyOfficer", "duty-officer", true), ("focalPoint", "focal-point", true), ("administrator", "administrator", false)];

    public static IReadOnlyList<DemoAccount> Read(string stateFolder)
    {
        var file = FileIn(stateFolder);
        return File.Exists(file) ? JsonSerializer.Deserialize<List<DemoAccount>>(File.ReadAllText(file), Json)! : [];
    }

    public static void Write(string stateFolder, IEnumerable<DemoAccount> accounts) =>
        SecretFile.Write(FileIn(stateFolder), JsonSerializer.Serialize(accounts, Json));

    /// <summary>Makes those of a party's accounts that are not known yet.</summary>
    /// <param name="keep">Called with the new ones before they are committed: what cannot be read again must not get lost.</param>
    internal static async Task CreateAsync(
        string party, PartyDatabases databases, StorageKeys storage, IReadOnlyList<DemoAccount> known, Uri url, Action<IReadOnlyList<DemoAccount>> keep, CancellationToken cancellation)
    {
        var wanted = (party == Parties.Hub ? AtTheHub : AtAnAgency).Where(account => !known.Any(other => other.Service == party && other.UserName == account.UserName)).ToList();
        if (wanted.Count == 0) return;
        await using var connection = new NpgsqlConnection(databases.Owner + ";Pooling=false");
        await connection.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var made = new List<DemoAccount>();
        foreach (var (role, userName, designated) in wanted)
        {
            var credentials = await AccountAuthor.CreateAsync(
                connection, storage, new NewAccount(userName, userName, null, TitleOf(role), "central", [role]), TimeProvider.System, cancellation);
            if (designated) await DesignateAsync(connection, credentials.AccountId, userName, cancellation);
            made.Add(new DemoAccount(party, role, userName, credentials.Password, credentials.TotpSecret, url));
        }
        keep(made);
        await transaction.CommitAsync(cancellation);
    }

    static async Task DesignateAsync(NpgsqlConnection connection, Guid account, string userName, CancellationToken cancellation)
    {
        var now = TimeProvider.System.GetUtcNow();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(AccountAuthor.Designate(Guid.CreateVersion7(now), account, $"DEMO-{userName}", now.AddDays(-1), null, "provisioning"));
        batch.BatchCommands.Add(new AuditRecord { Kind = "designation.given", At = now, Actor = "provisioning" }.Insert());
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    static string TitleOf(string role) => role switch
    {
        "operator" => "Điện thoại viên",
        "supervisor" => "Giám sát viên",
        "dutyOfficer" => "Cán bộ trực ban",
        "focalPoint" => "Cán bộ đầu mối",
        _ => "Quản trị viên",
    };

    static string FileIn(string stateFolder) => Path.Combine(stateFolder, "accounts.json");
}
