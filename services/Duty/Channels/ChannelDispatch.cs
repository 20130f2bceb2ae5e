using Hotline.Duty.Escalations;
using Hotline.Duty.Ladders;
using Hotline.Duty.Roster;
using Hotline.Hosting;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Duty.Channels;

/// <summary>
/// Finds the way out for a page. Must stay true: an exercise reaches no real channel, unless a supervisor has enabled
/// that and the time has not run out.
/// </summary>
public sealed class ChannelDispatch(
    NpgsqlDataSource database, HostSettings settings, PagingParty party, Hotline.Sealing.StorageKeys storage, PageLinks links, DatabaseClock clock,
    SmtpChannel smtp, GatewayChannel gateways)
{
    readonly PageOrders addresses = new(storage);

    internal Task<SendOutcome> SendAsync(PageBundle bundle, DutyPlan plan, OpenWays ways, DateTimeOffset now, CancellationToken cancel)
    {
        var page = bundle.First;
        return SendAsync(PageTexts.Write(
            bundle, addresses.Open(page.Id, page.Address!), PageTexts.Template(plan, page.Channel), party.NameVi, LinkOf(bundle, now)), ways, cancel);
    }

    /// <summary>Why a page cannot leave on this channel, known without asking anybody; null = it can be tried.</summary>
    internal SendOutcome? Closed(string channel, bool exercise, OpenWays ways)
    {
        var held = exercise && !ways.Exercises;
        if (channel == PageChannels.Email)
            return settings.Channels?.Smtp is null ? SendOutcome.NotSent("no-mail-server") : held && !smtp.IsSimulated ? SendOutcome.NotSent("exercise") : null;
        return gateways.For(exercise, ways).Count > 0 ? null : SendOutcome.NotSent(held && settings.Channels?.Gateways.Count > 0 ? "exercise" : "no-gateway");
    }

    /// <summary>The code with which an officer proves that a contact is theirs.</summary>
    public async Task<bool> SendCodeAsync(Contact contact, string code, CancellationToken cancel)
    {
        var key = Guid.CreateVersion7(await clock.NowAsync(cancel));
        var text = $"Đường dây nóng: mã xác minh {code}";
        var exercise = settings.Environment != "production";
        var outcome = await SendAsync(new OutgoingPage(key, contact.Channel, contact.Address, text, text, exercise), await OpenWays.ReadAsync(database, cancel), cancel);
        return outcome.State == AttemptStates.Accepted;
    }

    async Task<SendOutcome> SendAsync(OutgoingPage page, OpenWays ways, CancellationToken cancel) => Closed(page.Channel, page.Exercise, ways)
        ?? (page.Channel == PageChannels.Email
            ? await smtp.SendAsync(page, cancel) : await gateways.SendAsync(page, gateways.For(page.Exercise, ways), cancel));

    /// <summary>One referral is answered by its link; for several, and for the hub's watch, the console shows the list.</summary>
    string LinkOf(PageBundle bundle, DateTimeOffset now)
    {
        var address = settings.Channels?.PublicUrl ?? settings.Url;
        if (bundle.Pages.Count > 1 || bundle.First.Kind != Escalation.Referral)
            return address;
        return $"{address}/a/{links.Make(new PageLink(bundle.First.Id, PageLinks.Until(bundle.First.NextStepAt, now)))}";
    }
}
