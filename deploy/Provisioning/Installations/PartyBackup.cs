using Hotline.Provisioning.Servers;
using Npgsql;

namespace Hotline.Provisioning.Installations;

/// <summary>
/// A party's case database as a file, and back. Content in it is sealed; codes, states and times are not. The key store
/// is backed up apart, and its backups are kept apart: both together open what was shredded.
/// </summary>
public static class PartyBackup
{
    /// <exception cref="ProvisioningException">The database does not answer, or the file cannot be written.</exception>
    public static async Task TakeAsync(Installation installation, string party, string file, CancellationToken cancellation = default)
    {
        SecretFile.Write(file, "");
        await RunAsync(installation, party, "pg_dump", ["--format=custom", $"--file={file}"], cancellation);
    }

    /// <summary>Replaces the database's content by the backup's, whole or not at all, and brings it to today's schema.</summary>
    /// <exception cref="ProvisioningException">The file is no backup of it.</exception>
    public static async Task PutBackAsync(Installation installation, string party, string file, CancellationToken cancellation = default)
    {
        await RunAsync(installation, party, "pg_restore", ["--clean", "--if-exists", "--single-transaction", "--exit-on-error", $"--dbname={DatabaseOf(installation, party)}", file], cancellation);
        await installation.Parties[party].Databases.CreateAsync(cancellation);
    }

    static async Task RunAsync(Installation installation, string party, string program, string[] words, CancellationToken cancellation)
    {
        var owner = new NpgsqlConnectionStringBuilder(installation.Parties[party].Databases.Owner);
        var programs = await Packages.PostgresProgramsAsync(new ServerOptions { StateFolder = installation.Plan.StateFolder, Tell = installation.Plan.Tell }, cancellation);
        await Command.RunAsync([Path.Combine(programs, program), .. words], cancellation, environment: new Dictionary<string, string>
        {
            ["PGHOST"] = owner.Host!,
            ["PGPORT"] = $"{owner.Port}",
            ["PGDATABASE"] = owner.Database!,
            ["PGUSER"] = owner.Username!,
            ["PGPASSWORD"] = owner.Password!,
        });
    }

    static string DatabaseOf(Installation installation, string party) => new NpgsqlConnectionStringBuilder(installation.Parties[party].Databases.Owner).Database!;
}
