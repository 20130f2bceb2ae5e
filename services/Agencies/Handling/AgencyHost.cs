using Hotline.Console;
using Hotline.Console.Glass;
using Hotline.Duty;
using Hotline.Duty.Channels;
using Hotline.Duty.Schedule;
using Hotline.Handling.Administration;
using Hotline.Handling.Answering;
using Hotline.Handling.Desk;
using Hotline.Handling.Inbox;
using Hotline.Handling.Profiles;
using Hotline.Handling.Referrals;
using Hotline.Hosting;
using Hotline.Hosting.Messages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Hotline.Handling;

/// <summary>An agency's service: the same for all, told apart by a profile.</summary>
public static class AgencyHost
{
    public static async Task RunAsync(string[] args)
    {
        var builder = HotlineHost.Create(args, out var settings);
        var profile = AgencyProfile.Load(settings.Profile ?? Path.Combine(AppContext.BaseDirectory, "profile.json"), settings.Party);
        builder.Services.AddSingleton(profile);
        builder.Services.AddSingleton<Deadlines>();
        builder.Services.AddHostedService(s => s.GetRequiredService<Deadlines>());
        builder.Services.AddSingleton<AgencyReferral>();
        builder.Services.AddSingleton<ReferralGlass>();
        builder.Services.AddSingleton(s => s.GetRequiredService<ReferralGlass>().Subjects);
        builder.Services.AddSingleton(ReferralShredding.Subjects);
        builder.Services.AddMessaging<AgencyParty>(settings);
        builder.Services.AddSingleton(new WhenRelayed((_, _) => []));
        builder.Services.AddPaging();
        builder.Services.AddSingleton(new PagingParty(profile.NameVi));
        builder.Services.AddSingleton<AnswerFromPage>();
        builder.Services.AddSingleton(s => new WhenKeyPressed(s.GetRequiredService<AnswerFromPage>().KeyPressedAsync));
        builder.Services.AddHostedService<Heartbeats>();
        builder.Services.AddHostedService<RestateAfterRestore>();
        builder.Services.AddRoster();
        builder.Services.AddConsole(typeof(AgencyHost).Assembly, typeof(DutyRoutes).Assembly);
        builder.Services.AddSingleton(AgencyFace.Of(profile));

        var app = builder.Build();
        app.UseHotline();
        app.UseConsole();
        Map(app.MapGroup("/api/v1"));
        AcknowledgeByLink.Map(app);
        app.MapConsole();
        ShowInbox.Map(app);
        ShowGlass.Map(app, ReferralGlass.Place);
        ShowProfile.Map(app);
        DutyScreens.Map(app);
        await app.RunHotlineAsync();
    }

    /// <summary>Every route of an agency (http.md, "Agency").</summary>
    static void Map(RouteGroupBuilder api)
    {
        ReadReferrals.Map(api);
        ReadContent.Map(api);
        AcknowledgeReferral.Map(api);
        AcceptReferral.Map(api);
        DeclineReferral.Map(api);
        HandBackReferral.Map(api);
        AssignReferral.Map(api);
        NoteProgress.Map(api);
        AddNote.Map(api);
        CloseReferral.Map(api);
        ReadAttempts.Map(api);
        EscalateReferral.Map(api);
        api.MapPaging();
        DutyRoutes.Map(api);
    }
}
