using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Hosting.Accounts;

/// <summary>One act of an administrator upon an account.</summary>
/// <param name="Kind">As the audit log names it, for example <c>account.disabled</c>.</param>
/// <param name="Before">The roles until then, where they were changed.</param>
/// <param name="About">The designation or session, where it is about one.</param>
public sealed record AccountChange(string Kind, Guid Account, string Alias, IReadOnlyList<string>? Before = null, Guid? About = null)
{
    /// <summary>Its audit record, its line for those who administer, and the request's key, to be written with the change itself.</summary>
    /// <param name="now">The database's clock, UTC.</param>
    /// <param name="created">What the request's key brings back.</param>
    internal IEnumerable<NpgsqlBatchCommand> Write(Caller by, DateTimeOffset now, IdempotencyKey? key = null, Guid? created = null)
    {
        yield return new AuditRecord { Kind = Kind, At = now, Actor = by.Alias, Code = Alias }.Insert();
        yield return Sql.Command(
            "insert into account_changes (id, account_id, at, by, kind, before, about) values ($1, $2, $3, $4, $5, $6::text[], $7::uuid)",
            Guid.CreateVersion7(now), Account, now, by.Alias, Kind, Before?.ToArray(), About);
        if (key is not null)
            yield return key.Insert(created ?? Account);
    }
}
