using Hotline.Contracts;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Hosting.Accounts;

/// <summary>
/// Takes an administrator's act back by its opposite, which is an act of its own with a record of its own: nothing that
/// happened is unwritten. Only the newest act on its matter can be taken back; a new password or an ended session cannot.
/// </summary>
public sealed class AccountUndo(AccountChanges changes, NpgsqlDataSource database)
{
    /// <summary>SQL: whether the change <c>c</c> can be taken back now.</summary>
    public const string Possible =
        """
        (case
          when c.kind in ('account.disabled', 'account.enabled') then not exists (select from account_changes l
            where l.account_id = c.account_id and l.kind in ('account.disabled', 'account.enabled') and (l.at, l.id) > (c.at, c.id))
          when c.kind = 'account.roles-changed' then not exists (select from account_changes l
            where l.account_id = c.account_id and l.kind = c.kind and (l.at, l.id) > (c.at, c.id))
          when c.kind = 'designation.given' then exists (select from designations d where d.id = c.about and d.revoked_at is null
            and (d.valid_until is null or d.valid_until > hotline_now()))
          when c.kind = 'designation.revoked' then exists (select from designations d where d.id = c.about
            and (d.valid_until is null or d.valid_until > hotline_now()))
            and not exists (select from account_changes l where l.account_id = c.account_id and l.kind like 'designation.%' and (l.at, l.id) > (c.at, c.id))
          else false end)
        """;

    sealed record Found(Guid Account, string Kind, IReadOnlyList<string>? Before, Guid? About, string? Document, DateTimeOffset? From, DateTimeOffset? Until);

    /// <returns>The account, and null or <c>not-found</c>, <c>account.undo-late</c>, and what the opposite act refuses.</returns>
    public async Task<(Guid? Account, Refusal? Refusal)> UndoAsync(Caller by, Guid change, CancellationToken cancel)
    {
        var (found, possible) = await FindAsync(change, cancel);
        if (found is null)
            return (null, new Refusal("not-found"));
        if (!possible)
            return (found.Account, new Refusal("account.undo-late"));
        return (found.Account, found.Kind switch
        {
            "account.disabled" => await changes.EnableAsync(by, found.Account, cancel),
            "account.enabled" => await changes.DisableAsync(by, found.Account, null, cancel),
            "account.roles-changed" => await changes.ChangeRolesAsync(by, found.Account, found.Before ?? [], cancel),
            "designation.given" => (await changes.RevokeAsync(by, found.About!.Value, null, cancel)).Refusal,
            // Given anew: the time without it stays on record.
            "designation.revoked" => (await changes.DesignateAsync(by, found.Account, found.Document!, found.From, found.Until, null, cancel)).Refusal,
            _ => new Refusal("account.undo-late"),
        });
    }

    async Task<(Found? Found, bool Possible)> FindAsync(Guid change, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            $"""
            select c.account_id, c.kind, c.before, c.about, d.document_number, greatest(d.valid_from, hotline_now()), d.valid_until, {Possible}
            from account_changes c left join designations d on d.id = c.about where c.id = $1
            """);
        command.Parameters.Add(Sql.Parameter(change));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        if (!await reader.ReadAsync(cancel))
            return (null, false);
        var found = new Found(
            reader.GetGuid(0), reader.GetString(1), reader.Maybe<string[]>(2), reader.Maybe<Guid?>(3), reader.Maybe<string>(4),
            reader.IsDBNull(5) ? null : reader.Time(5), reader.IsDBNull(6) ? null : reader.Time(6));
        return (found, reader.GetBoolean(7));
    }
}
