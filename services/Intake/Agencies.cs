using Hotline.Contracts;
using Npgsql;

namespace Hotline.Intake;

/// <summary>The agencies are rows of this database: what a call or a filter says about one is checked against them.</summary>
public static class Agencies
{
    /// <summary>Null, or which name of a call is none of an agency.</summary>
    public static async Task<Refusal?> CheckAsync(NpgsqlDataSource database, Call call, CancellationToken cancel)
    {
        var named = (call.Consent?.ScopeAgencies ?? []).Select((name, i) => (Name: name, At: $"/consent/scopeAgencies/{i}")).ToList();
        if (call.Complaint?.AgainstAgency is { } against and not "other")
            named.Add((against, "/complaint/againstAgency"));
        if (named.Count == 0)
            return null;
        var known = await KnownAsync(database, [.. named.Select(n => n.Name)], cancel);
        return named.Where(n => !known.Contains(n.Name)).Select(n => Refusal.With("request.unknown-code", "at", n.At)).FirstOrDefault();
    }

    /// <summary>Those of the names that are agencies.</summary>
    public static async Task<IReadOnlySet<string>> KnownAsync(NpgsqlDataSource database, string[] names, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select name from agencies where name = any($1)");
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = names });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var known = new HashSet<string>();
        while (await reader.ReadAsync(cancel))
            known.Add(reader.GetString(0));
        return known;
    }
}
