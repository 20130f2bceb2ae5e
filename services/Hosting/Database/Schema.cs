using System.Reflection;
using DbUp;
using DbUp.Engine.Output;
using Npgsql;

namespace Hotline.Hosting.Database;

/// <summary>Migrations: SQL files of the assemblies, run by the owner from the command line, never by a host.</summary>
public static class Schema
{
    /// <summary>Brings a party's case database to the newest schema.</summary>
    /// <param name="appRole">The role that hosts sign in with; it owns nothing.</param>
    /// <param name="exercise">Whether the database's clock may be moved; decided once, at creation.</param>
    /// <param name="services">The assemblies whose tables come after those of Hosting, in this order.</param>
    public static void Upgrade(string ownerConnection, string appRole, bool exercise, params IReadOnlyList<Assembly> services)
    {
        foreach (var assembly in (IReadOnlyList<Assembly>)[typeof(Schema).Assembly, .. services])
            Run(ownerConnection, appRole, exercise, assembly, ".Database.Migrations.");
    }

    /// <summary>Brings a party's key store to the newest schema.</summary>
    public static void UpgradeKeyStore(string ownerConnection, string appRole) =>
        Run(ownerConnection, appRole, exercise: false, typeof(Schema).Assembly, ".Database.KeyStore.");

    static void Run(string ownerConnection, string appRole, bool exercise, Assembly scripts, string folder)
    {
        var upgrade = DeployChanges.To.PostgresqlDatabase(ownerConnection)
            .WithScriptsEmbeddedInAssembly(scripts, name => name.Contains(folder, StringComparison.Ordinal))
            .JournalToPostgresqlTable("public", "schema_versions")
            .WithVariables(new Dictionary<string, string> { ["app"] = appRole, ["exercise"] = exercise ? "true" : "false", ["body"] = "$body$" })
            .WithTransactionPerScript()
            .LogTo(new NoOpUpgradeLog())
            .Build()
            .PerformUpgrade();
        if (!upgrade.Successful)
            throw new InvalidOperationException($"Migration {upgrade.ErrorScript?.Name} failed.", upgrade.Error);
    }
}

/// <summary>A host that could change the schema could change the record of what it did.</summary>
public static class HostRole
{
    /// <exception cref="InvalidOperationException">The role is a superuser or owns tables.</exception>
    public static async Task AssertNotOwnerAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select r.rolsuper or exists (select from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p'))
            from pg_roles r where r.rolname = current_user
            """);
        if (await command.ExecuteScalarAsync(cancel) is not false)
            throw new InvalidOperationException("The host's database role is a superuser or owns tables; give it the application role.");
    }
}
