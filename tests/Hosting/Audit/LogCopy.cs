using Hotline.Hosting.Audit;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Hotline.Provisioning.Installations;
using Hotline.Sealing;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Hotline.Transparency;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Hotline.Hosting.Tests.Audit;

/// <summary>A copy of a party's database for somebody who owns it to do as he likes with, and the real witnesses to ask afterwards.</summary>
sealed class LogCopy : IAsyncDisposable
{
    static int copies;

    readonly Installation installation;
    readonly string party;
    readonly string name;
    readonly NpgsqlDataSource database;
    readonly AuditAccess access;
    readonly KeyStore keyStore;
    readonly StorageKeys storage;
    readonly DataKeys keys;

    LogCopy(Installation installation, string party, string name)
    {
        (this.installation, this.party, this.name) = (installation, party, name);
        database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(installation.Plan.Servers.Database.ConnectionString()) { Database = name }.ConnectionString);
        (access, keyStore, storage) = (new AuditAccess(installation, party), installation.KeyStoreOf(party), StorageKeys.Load(installation.Parties[party].Settings.KeyFolder));
        keys = new DataKeys(keyStore, storage, TimeProvider.System);
    }

    /// <summary>Three referrals acknowledged, everything in a cosigned checkpoint, and all services stopped: a log to be copied.</summary>
    public static async Task<RunningHotline> OriginalAsync()
    {
        var hotline = await RunningHotline.StartAsync("police");
        var (operators, officer) = (await hotline.AsOperator(), await hotline.AsFocalPoint("police"));
        for (var i = 0; i < 3; i++)
        {
            var referral = await operators.ReferNewAsync("police", "P0");
            await officer.SeesStateAsync(referral, "delivered");
            (await officer.PostAsync($"referrals/{referral}/acknowledge")).Good();
            (await officer.GetAsync($"referrals/{referral}/content")).Good();
            await operators.SeesStateAsync(referral, "acknowledged");
        }
        await Eventually.GetAsync("everything is in a cosigned checkpoint: records, leaves, signed, cosigned", async () => await hotline.ScalarAsync<long[]>("intake",
            """
            select array[(select count(*) from audit.records), (select count(*) from audit.leaves), (select max(size) from audit.checkpoints),
              coalesce((select max(size) from audit.cosignatures), 0)]
            """), counts => counts![0] > 20 && counts.Distinct().Count() == 1);
        foreach (var host in hotline.Hosts.Values)
            await host.DisposeAsync();
        Npgsql.NpgsqlConnection.ClearAllPools();
        return hotline;
    }

    /// <summary>The party's services must have been stopped.</summary>
    public static async Task<LogCopy> OfAsync(RunningHotline hotline, string party)
    {
        var installation = hotline.Installation;
        var name = $"{installation.Plan.DatabaseOf(party)}_copy{Interlocked.Increment(ref copies)}";
        await AdministerAsync(installation, $"create database {name} template {installation.Plan.DatabaseOf(party)}");
        return new LogCopy(installation, party, name);
    }

    public async Task<int> AttackAsync(string statements)
    {
        await using var command = database.CreateCommand(statements);
        return await command.ExecuteNonQueryAsync();
    }

    public async Task<T> AskAsync<T>(string query)
    {
        await using var command = database.CreateCommand(query);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public Task<bool> IsAlarmedAsync(string code) => AskAsync<bool>($"select exists (select from alarms where code = '{code}' and cleared_at is null)");

    /// <summary>As <c>hotline verify log</c> does.</summary>
    /// <param name="askWitnesses">Whether the witnesses can be reached.</param>
    public async Task<Verdict> VerifyAsync(bool askWitnesses = true)
    {
        await using var witness = NpgsqlDataSource.Create(installation.Parties[party == "intake" ? "police" : "intake"].Databases.Owner);
        var witnesses = new Dictionary<string, NpgsqlDataSource>();
        if (askWitnesses)
            witnesses["witness"] = witness;
        return await new LogVerification(party, access.Directory, database, keys, storage).RunAsync(witnesses, null, CancellationToken.None);
    }

    /// <summary>A node of the party that sequences the copy.</summary>
    public Sequencer Sequencer(TimeProvider time) => new(database, keys, new AuditLeaf(storage), Envelope, time);

    /// <summary>A node of the party that signs the copy.</summary>
    public Checkpoints Checkpoints(Sequencer? sequencer = null) => new(
        Settings, Party.Of(Settings), database, new DatabaseClock(database, TimeProvider.System), sequencer ?? Sequencer(TimeProvider.System));

    /// <summary>A node of the party that asks its witnesses; none of them hears it.</summary>
    public Witnessed Witnessed(TimeProvider time)
    {
        var (envelope, cosigned) = (Envelope, new CosignedHead(Party.Of(Settings), Envelope));
        var post = new Post(Party.Of(Settings), new PartyState(), envelope, new OutboxBodies(time), cosigned, TimeProvider.System);
        return new Witnessed(Party.Of(Settings), envelope, database, post, cosigned, new OutboxSignal(), time, NullLogger<Witnessed>.Instance);
    }

    /// <summary>A node of the party that keeps the copy's log.</summary>
    public LogKeeper Keeper(TimeProvider time)
    {
        var sequencer = Sequencer(time);
        return new LogKeeper(
            sequencer, Checkpoints(sequencer), Witnessed(time), database, new DatabaseClock(database, TimeProvider.System), time, NullLogger<LogKeeper>.Instance);
    }

    HostSettings Settings => installation.Parties[party].Settings;

    Envelope Envelope => new(party, PartyKeys.Load(Settings.KeyFolder), access.Directory);

    /// <summary>The size of the newest checkpoint with a quorum.</summary>
    public async Task<long?> CosignedSizeAsync()
    {
        await using var connection = await database.OpenConnectionAsync();
        var note = await CosignedHead.FindAsync(connection, access.Directory.PolicyOf(party)!, DateTimeOffset.MaxValue - TimeSpan.FromDays(1), CancellationToken.None);
        return note is null ? null : Checkpoint.TryParse(note.Text)!.Size;
    }

    /// <summary>What would be written to that table waits until all of this is done.</summary>
    public async Task WithoutInsertsAsync(string table, Func<Task> meanwhile)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var held = new NpgsqlCommand($"lock table {table} in share mode", connection);
        await held.ExecuteNonQueryAsync();
        await meanwhile();
    }

    /// <summary>Destroys keys as shredding does, and brings them back when all is done: the key store is no copy.</summary>
    public async Task WithoutKeysAsync(Guid subject, Guid[] ids, Func<Task> meanwhile)
    {
        var databases = installation.Parties[party].Databases;
        var kept = await keyStore.ReadAsync(ids, CancellationToken.None);
        await keyStore.DestroyAsync(subject, ids, CancellationToken.None);
        try
        {
            await meanwhile();
        }
        finally
        {
            foreach (var owner in new[] { databases.OwnerKeyStore, databases.OwnerKeyStoreCopy })
            {
                await using var store = NpgsqlDataSource.Create(owner);
                await using var forget = store.CreateCommand("delete from destroyed_keys");
                await forget.ExecuteNonQueryAsync();
            }
            await keyStore.InsertAsync([.. kept], CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        keys.Dispose();
        await keyStore.DisposeAsync();
        await access.DisposeAsync();
        await database.DisposeAsync();
        await AdministerAsync(installation, $"drop database {name} with (force)");
    }

    static async Task AdministerAsync(Installation installation, string statement)
    {
        await using var connection = new NpgsqlConnection(installation.Plan.Servers.Database.ConnectionString() + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }
}
