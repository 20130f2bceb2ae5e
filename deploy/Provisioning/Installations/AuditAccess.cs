using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Hotline.Transparency;
using Npgsql;

namespace Hotline.Provisioning.Installations;

/// <summary>A party's log as the command line sees it: read by the database's owner, checked with the keys in the folder.</summary>
public sealed class AuditAccess : IAsyncDisposable
{
    readonly Installation installation;
    readonly string party;
    readonly KeyStore keyStore;
    readonly DataKeys keys;
    readonly StorageKeys storage;

    public AuditAccess(Installation installation, string party)
    {
        (this.installation, this.party) = (installation, party);
        var installed = installation.Parties[party];
        Database = Source(installed.Databases.Owner);
        storage = StorageKeys.Load(installed.Settings.KeyFolder);
        keyStore = installation.KeyStoreOf(party);
        keys = new DataKeys(keyStore, storage, TimeProvider.System);
        Pin = DirectoryPin.Load(Path.Combine(installation.Plan.KeyFolder, DirectoryAuthor.PinFile));
        Directory = KeyDirectoryFile.Load(installed.Settings.KeyDirectory, Pin);
    }

    public NpgsqlDataSource Database { get; }

    public DirectoryPin Pin { get; }

    public KeyDirectory Directory { get; }

    /// <exception cref="ProvisioningException">There is no such party.</exception>
    public static Installation Open(string folder, string party)
    {
        var plan = ExistingInstallation.PlanOf(folder);
        return plan.AllParties.Contains(party) ? Installation.Open(plan)
            : throw new ProvisioningException($"There is no party {party}. There are: {string.Join(", ", plan.AllParties)}.");
    }

    /// <summary>Reads the whole log, and asks those witnesses whose databases are of this installation.</summary>
    public async Task<Verdict> VerifyAsync(Action<long, long>? progress, CancellationToken cancellation = default)
    {
        var witnesses = Directory.WitnessesOf(party).Where(installation.Parties.ContainsKey)
            .ToDictionary(w => w, w => Source(installation.Parties[w].Databases.Owner));
        try
        {
            return await new LogVerification(party, Directory, Database, keys, storage).RunAsync(witnesses, progress, cancellation);
        }
        finally
        {
            foreach (var witness in witnesses.Values)
                await witness.DisposeAsync();
        }
    }

    public async Task<IReadOnlyList<byte[]>?> ProofAsync(int epoch, long first, long second, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await Database.OpenConnectionAsync(cancellation);
            return await LogTables.ProofAsync(connection, epoch, ProofPlan.Consistency(first, second), cancellation);
        }
        catch (LogDamagedException)
        {
            return null;
        }
    }

    /// <summary>What a bundle of the case is about; null where there is no such case.</summary>
    public async Task<BundleSubject?> FindAsync(string code, CancellationToken cancellation = default)
    {
        await using var connection = await Database.OpenConnectionAsync(cancellation);
        return await Intake.Audit.CaseSubjects.FindAsync(connection, code, cancellation);
    }

    public async Task<Bundle> BundleAsync(BundleSubject subject, CancellationToken cancellation = default)
    {
        await using var connection = await Database.OpenConnectionAsync(cancellation);
        return await new MakeBundle(party, Directory, Pin, keys, storage).OfAsync(connection, subject, await installation.NowAsync(cancellation), cancellation);
    }

    /// <summary>What the command line did with the log is itself a record, under the name of the machine's user.</summary>
    public async Task RecordAsync(string kind, string? code, CancellationToken cancellation, Guid? caseId = null)
    {
        await using var batch = Database.CreateBatch();
        batch.BatchCommands.Add(new AuditRecord
        {
            Kind = kind,
            At = await installation.NowAsync(cancellation),
            Actor = $"command-line/{Environment.UserName}",
            Case = caseId,
            Code = code,
        }.Insert());
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        keys.Dispose();
        await keyStore.DisposeAsync();
        await Database.DisposeAsync();
    }

    static NpgsqlDataSource Source(string connection) => NpgsqlDataSource.Create(connection + ";Pooling=true;Maximum Pool Size=4");
}
