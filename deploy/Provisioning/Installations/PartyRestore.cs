// A party's database came back from a backup. What must stay true: no epoch is ever used twice, also when the same backup
// comes back twice (hence the file beside the database), and no host writes while it happens: one that runs would go on
// in the old epoch, and its peers would drop what it says.
using System.Globalization;
using Hotline.Contracts;
using Hotline.Handling.Referrals;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Shredding;
using Hotline.Intake.Cases;
using Npgsql;

namespace Hotline.Provisioning.Installations;

/// <summary>Tells a party's database that it was restored, so that it and its peers fill the gap (protocol.md, "Storing").</summary>
public static class PartyRestore
{
    /// <summary>Numbers that may have been given out after the backup are not given out again.</summary>
    const int NumbersSkipped = 10_000;

    /// <summary>
    /// Raises the epoch, and makes inventory and restatement due: the party's host does both when it starts.
    /// </summary>
    /// <returns>The new epoch.</returns>
    /// <exception cref="ProvisioningException">A host of the party is connected to the database.</exception>
    public static async Task<int> DeclareAsync(Installation installation, string party, CancellationToken cancellation = default)
    {
        var databases = installation.Parties[party].Databases;
        await using var connection = new NpgsqlConnection(databases.Owner + ";Pooling=false");
        await connection.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // A host that starts now waits here for the new epoch.
        await ExecuteAsync(connection, "lock table party_state in access exclusive mode", cancellation);
        await RefuseWhileConnectedAsync(connection, databases, party, cancellation);
        var epoch = 1 + Math.Max(await CurrentAsync(connection, cancellation), Remembered(installation.Plan, party));
        Remember(installation.Plan, party, epoch);
        await ExecuteAsync(
            connection, "update party_state set epoch = $1, restored_at = hotline_now(), restated_at = null, inventory_due_at = null", cancellation, epoch);
        if (party == Parties.Hub)
            foreach (var numbers in (string[])["call_numbers", "case_numbers", "referral_numbers"])
                await ExecuteAsync(connection, $"select setval('{numbers}', nextval('{numbers}') + {NumbersSkipped})", cancellation);
        await LogReopening.OpenAsync(installation, party, epoch, connection, cancellation);
        await ShredAgainAsync(installation, party, connection, cancellation);
        await transaction.CommitAsync(cancellation);
        return epoch;
    }

    /// <summary>The database is old, the key store is not: what was shredded since the backup has no keys, and loses its blind indexes again.</summary>
    static async Task ShredAgainAsync(Installation installation, string party, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var store = installation.KeyStoreOf(party);
        await Shredder.WipeAgainAsync(
            connection, party == Parties.Hub ? CaseShredding.Subjects : ReferralShredding.Subjects, Party.Of(installation.Parties[party].Settings),
            await store.DestroyedAsync(cancellation), "provisioning", await LogReopening.NowAsync(connection, cancellation), cancellation);
    }

    /// <exception cref="ProvisioningException">A host of the party is connected to the database.</exception>
    public static async Task RefuseWhileRunningAsync(Installation installation, string party, CancellationToken cancellation = default)
    {
        var databases = installation.Parties[party].Databases;
        await using var connection = new NpgsqlConnection(databases.Owner + ";Pooling=false");
        await connection.OpenAsync(cancellation);
        await RefuseWhileConnectedAsync(connection, databases, party, cancellation);
    }

    static async Task RefuseWhileConnectedAsync(NpgsqlConnection connection, PartyDatabases databases, string party, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select count(*) from pg_stat_activity where datname = current_database() and usename = $1", connection)
        {
            Parameters = { new() { Value = databases.ApplicationRole } },
        };
        if (await command.ExecuteScalarAsync(cancellation) is long and > 0)
            throw new ProvisioningException($"The service of {party} is running on this database: stop it first (Ctrl-C in `hotline up`).");
    }

    static async Task<int> CurrentAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select epoch from party_state", connection);
        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken cancellation, params object[] values)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    static int Remembered(InstallationPlan plan, string party) =>
        File.Exists(FileOf(plan, party)) ? int.Parse(File.ReadAllText(FileOf(plan, party)), CultureInfo.InvariantCulture) : 0;

    static void Remember(InstallationPlan plan, string party, int epoch) =>
        File.WriteAllText(FileOf(plan, party), epoch.ToString(CultureInfo.InvariantCulture));

    static string FileOf(InstallationPlan plan, string party) => Path.Combine(Folder.Private(plan.StateFolder, "epochs"), party);
}
