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
    SmtpChannel smtp, GatewayChannel gateways, ConsoleEvents consoles)
{
    /// <summary>A console that is open shows the page in a moment; none open is known after this long.</summary>
    static readonly TimeSpan ConsoleShowsWithin = TimeSpan.FromSeconds(15);

    readonly PageOrders addresses = new(storage);

    internal async Task<SendOutcome> SendAsync(PageBundle bundle, DutyPlan plan, CancellationToken cancel)
    {
        var page = bundle.First;
        if (page.Channel == PageChannels.Console)
        {
            foreach (var shown in bundle.Pages)
                consoles.Raise(new ConsoleEvent("page", shown.Subject) { Account = shown.TargetId, Page = shown.Id, Reference = shown.Reference, Urgency = shown.Urgency });
            return SendOutcome.Accepted("console", ConsoleShowsWithin);
        }
        return await SendAsync(PageTexts.Write(
            bundle, addresses.Open(page.Id, page.Address!), PageTexts.Template(plan, page.Channel), party.NameVi, await LinkAsync(bundle, cancel)), cancel);
    }

    /// <summary>The code with which an officer proves that a contact is theirs.</summary>
    public async Task<bool> SendCodeAsync(Contact contact, string code, CancellationToken cancel)
    {
        var key = Guid.CreateVersion7(await clock.NowAsync(cancel));
        var text = $"Đường dây nóng: mã xác minh {code}";
        var outcome = await SendAsync(new OutgoingPage(key, contact.Channel, contact.Address, text, text, settings.Environment != "production"), cancel);
        return outcome.State == AttemptStates.Accepted;
    }

    async Task<SendOutcome> SendAsync(OutgoingPage page, CancellationToken cancel)
    {
        var enabled = !page.Exercise || await ExerciseChannels.AreEnabledAsync(database, cancel);
        if (page.Channel == PageChannels.Email)
            return enabled || smtp.IsSimulated ? await smtp.SendAsync(page, cancel) : SendOutcome.NotSent("exercise");
        var usable = gateways.For(page.Exercise, enabled);
        return usable.Count == 0 && !enabled && settings.Channels?.Gateways.Count > 0
            ? SendOutcome.NotSent("exercise") : await gateways.SendAsync(page, usable, cancel);
    }

    /// <summary>One referral is answered by its link; for several, and for the hub's watch, the console shows the list.</summary>
    async Task<string> LinkAsync(PageBundle bundle, CancellationToken cancel)
    {
        var address = settings.Channels?.PublicUrl ?? settings.Url;
        if (bundle.Pages.Count > 1 || bundle.First.Kind != Escalation.Referral)
            return address;
        return $"{address}/a/{links.Make(new PageLink(bundle.First.Id, PageLinks.Until(bundle.First.NextStepAt, await clock.NowAsync(cancel))))}";
    }
}

/// <summary>Whether exercises may use real channels now.</summary>
static class ExerciseChannels
{
    public static async Task<bool> AreEnabledAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select enabled_until > hotline_now() from exercise_channels");
        return await command.ExecuteScalarAsync(cancel) is true;
    }
}
