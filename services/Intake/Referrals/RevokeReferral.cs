using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Referrals;

/// <summary><c>POST /api/v1/referrals/{id}/revoke</c>: takes back what was not sent yet; of what was sent, the agency decides (protocol.md, "States").</summary>
public static class RevokeReferral
{
    public sealed record Request
    {
        [Max(4000)] public string? Reason { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/referrals/{id:guid}/revoke", HandleAsync).RequireRole(Roles.Operator)
            .Accepts<Request>("application/json").Produces<ReferralAnswer>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, HubReferral referrals, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (string.IsNullOrWhiteSpace(request!.Reason))
            return Problems.Refuse(Refusal.With("request.malformed", "at", "/reason"));
        return await referrals.ChangeAsync(http, id, raw, async locked =>
        {
            if (locked.Row.State.IsFinal())
                return Refusal.With("referral.wrong-state", "state", locked.Row.State.ToText());
            if (ReferralMoves.Decide(locked.Row.State, ReferralCommand.Withdraw, locked.Now) is Decision.Moved moved && await TakeBackAsync(locked, cancel))
            {
                locked.Row.State = moved.To;
                locked.Log(Kinds.ReferralRevoked, null);
            }
            // Also after a withdrawal: a row stands in the outbox as well when the broker has the message and only its
            // confirm was lost. An agency that never got the referral keeps a tombstone, which nobody there sees.
            locked.Send(Kinds.RevocationRequested, new RevocationRequested(request.Reason, locked.Now));
            locked.Write(Sql.Command("update referrals set revocation_requested_at = coalesce(revocation_requested_at, $2) where id = $1", id, locked.Now));
            return null;
        }, cancel);
    }

    /// <summary>How often a row is looked for that the relay holds at this instant: with the broker away it lets go at once.</summary>
    const int Tries = 4;

    static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(100);

    /// <summary>Removes the referral from the outbox. A row that the relay holds on to is as good as sent.</summary>
    static async Task<bool> TakeBackAsync(LockedReferral locked, CancellationToken cancel)
    {
        // Never a wait in the database: the relay, when it has sent the row, waits for the referral that is locked here.
        for (var tries = 1; !await RemoveAsync(locked, cancel); tries++)
        {
            if (tries == Tries)
                return false;
            await Task.Delay(BetweenTries, cancel);
        }
        locked.Write(Sql.Command(
            "update sent_messages set withdrawn_at = $2, next_send_at = null where referral_id = $1 and receipted_at is null", locked.Row.Id, locked.Now));
        locked.Write(Sql.Command("delete from outbox where referral_id = $1", locked.Row.Id));
        return true;
    }

    static async Task<bool> RemoveAsync(LockedReferral locked, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            with held as (select id from outbox where referral_id = $1 and kind = 'referral.sent' for update skip locked)
            delete from outbox where id in (select id from held)
            """, locked.Connection);
        command.Parameters.Add(Sql.Parameter(locked.Row.Id));
        return await command.ExecuteNonQueryAsync(cancel) > 0;
    }
}
