using Hotline.Contracts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Hosting.BreakGlass;

/// <summary>What a break of the glass is about at this host: a case at the hub, a referral at an agency.</summary>
/// <param name="Exists">Whether there is such a subject.</param>
/// <param name="Tell">Tells whoever else owns it, in the transaction that opens the glass.</param>
public sealed record GlassSubjects(
    Func<NpgsqlConnection, Guid, CancellationToken, Task<bool>> Exists,
    Func<NpgsqlConnection, OpenedGlass, CancellationToken, Task<IReadOnlyList<NpgsqlBatchCommand>>> Tell);

/// <summary>A glass that two persons have just opened.</summary>
/// <param name="By">Alias of who asked and reads.</param>
/// <param name="ApprovedBy">Alias of who approved.</param>
public sealed record OpenedGlass(Guid Id, Guid Subject, string ReasonCode, string By, string ApprovedBy, DateTimeOffset At)
{
    /// <summary>What an owner is told: codes only.</summary>
    public string Text => $"MỞ KHẨN CẤP / BREAK-GLASS: {ReasonCode}; {By} + {ApprovedBy}; {At.UtcDateTime:yyyy-MM-dd HH:mm}Z, 60 min";

    /// <summary>Tells the other party of a referral, by a note: every agency understands one.</summary>
    public void Tell(ReferralRow row, DataKey key, Post post, ICollection<NpgsqlBatchCommand> commands)
    {
        var (jti, sha256) = post.Write(row, key, Kinds.NoteAdded, new NoteAdded(Text, new Officer(By, null, null, null), At), At, commands);
        commands.Add(row.History("break-glass.opened", By, At, jti, new AuditRecord { Kind = Kinds.NoteAdded, At = At, Actor = By, Sha256 = Digest.Text(sha256) }));
        commands.Add(row.Save());
    }
}

/// <summary>The rules of a broken glass, where SQL asks for them.</summary>
public static class OpenGlass
{
    /// <summary>How long it stays open, at most.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromMinutes(60);

    /// <summary>Condition: the account has an open glass on the subject.</summary>
    /// <param name="subject">A column or parameter, such as <c>referrals.id</c>.</param>
    public static string Where(string subject, string account) =>
        $"exists (select from glass_breaks g where g.subject = {subject} and g.requested_by = {account} and g.closed_at is null and g.expires_at > hotline_now())";

    public static async Task<bool> IsOpenAsync(NpgsqlDataSource database, Guid subject, Guid account, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"select {Where("$1", "$2")}");
        command.Parameters.Add(Sql.Parameter(subject));
        command.Parameters.Add(Sql.Parameter(account));
        return await command.ExecuteScalarAsync(cancel) is true;
    }
}
