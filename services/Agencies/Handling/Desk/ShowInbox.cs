using Hotline.Console;
using Hotline.Contracts;
using Hotline.Handling.Referrals;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Handling.Desk;

/// <summary>What the inbox shows.</summary>
/// <param name="Open">In the order of their deadlines.</param>
/// <param name="Shown">The referral beside the list, coded; null where none is chosen.</param>
/// <param name="File">Its file, where the officer opened it.</param>
public sealed record InboxView(
    IReadOnlyList<ReadReferrals.Item> Open, ReadReferrals.Item? Shown, IReadOnlyList<HistoryItem> History, CaseFile? File, string OpenedBy, DateTimeOffset At)
{
    public const int Most = 200;

    /// <summary>All that are open; the list holds the first <see cref="Most"/> of them.</summary>
    public required long Count { get; init; }

    /// <summary>What the officer had read before; null where nothing has changed since, or it is read for the first time.</summary>
    public EarlierFile? Earlier { get; init; }
}

/// <summary>
/// <c>GET /inbox</c>, <c>/inbox/{id}</c>, <c>/inbox/{id}/file</c>: what waits, a referral coded, and its file. Opening the file is
/// recorded and told to the hotline before a word of it is shown (<see cref="ReadContent"/>).
/// </summary>
public static class ShowInbox
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/inbox", ListAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint);
        routes.MapFragment("/inbox/list", PartAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint);
        routes.MapPage("/inbox/{id:guid}", OneAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint);
        routes.MapPage("/inbox/{id:guid}/file", FileAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint).RequireDesignation().OrBreakGlass().WithMetadata(ReferralGlass.Place.Instead);
    }

    static async Task<IResult> ListAsync(HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
        Pages.Show<InboxPage>(new { View = await ViewAsync(http, database, clock, cancel) });

    static async Task<IResult> PartAsync(HttpContext http, Guid? shown, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
        Pages.Show<InboxList>(new { View = await ViewAsync(http, database, clock, cancel), ShownId = shown });

    static async Task<IResult> OneAsync(Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, DatabaseClock clock, CancellationToken cancel)
    {
        if (await ReadReferrals.FindAsync(id, http, database, cancel) is not { } shown)
            return Pages.Refuse(new Refusal("not-found"));
        var view = await ViewAsync(http, database, clock, cancel);
        // Coded: that a note came, not its words.
        var history = await ReferralHistory.ReadAsync(http, database, keys, id, withWords: false, cancel);
        return Pages.Show<InboxPage>(new { View = view with { Shown = shown, History = Newest(history.Page) } });
    }

    static async Task<IResult> FileAsync(
        Guid id, HttpContext http, AgencyReferral referrals, NpgsqlDataSource database, DataKeys keys, DatabaseClock clock, CancellationToken cancel)
    {
        var (file, _, refusal) = await ReadContent.OpenAsync(id, http, referrals, database, cancel);
        if (refusal is not null)
            return Pages.Refuse(refusal.Code == "referral.wrong-state" ? new Refusal("content.closed") : refusal);
        if (await ReadReferrals.FindAsync(id, http, database, cancel) is not { } shown)
            return Pages.Refuse(new Refusal("not-found"));
        var view = await ViewAsync(http, database, clock, cancel);
        var earlier = await ReadEarlierFile.FindAsync(id, http.Caller().Alias, database, keys, cancel);
        return Pages.Show<InboxPage>(new
        {
            View = view with { Shown = shown, File = file, Earlier = earlier, History = Newest((await ReadReferrals.HistoryOfAsync(id, http, database, keys, cancel)).Page) },
        });
    }

    static async Task<InboxView> ViewAsync(HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) => new(
        await ReadReferrals.OpenAsync(http, database, InboxView.Most, cancel), null, [], null, http.Caller().Alias, await clock.NowAsync(cancel))
    {
        Count = await ReadReferrals.CountOpenAsync(http, database, cancel),
    };

    static IReadOnlyList<HistoryItem> Newest(Page<HistoryItem>? history) => [.. (history?.Items ?? []).Reverse()];
}
