using Hotline.Console.Glass;
using Hotline.Duty;
using Hotline.Duty.Schedule;
using Hotline.Intake.Administration;
using Hotline.Intake.Audit;
using Hotline.Intake.Audit.Shreddings;
using Hotline.Intake.CallBack;
using Hotline.Intake.Calls;
using Hotline.Intake.Cases;
using Hotline.Intake.Consents;
using Hotline.Intake.Desk;
using Hotline.Intake.OutsideSteps;
using Hotline.Intake.Probes;
using Hotline.Intake.Recommendations;
using Hotline.Intake.Referrals;
using Hotline.Intake.Supervision;
using Hotline.Intake.Watch;

namespace Hotline.Intake;

/// <summary>Every route of the hotline's own service (http.md, "Intake").</summary>
public static class IntakeRoutes
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1");
        OpenCall.Map(api);
        AmendCall.Map(api);
        CompleteCall.Map(api);
        ReadCall.Map(api);
        ListCalls.Map(api);
        SearchCalls.Map(api);
        OpenCase.Map(api);
        FindCases.Map(api);
        GiveCallBackCode.Map(api);
        CheckCallBackCode.Map(api);
        AttachCall.Map(api);
        ReadCase.Map(api);
        RecommendAgencies.Map(api);
        RecordConsent.Map(api);
        ReadConsents.Map(api);
        WithdrawConsent.Map(api);
        SendReferral.Map(api);
        UpdateReferral.Map(api);
        ReadReferrals.Map(api);
        ReadHistory.Map(api);
        RevokeReferral.Map(api);
        AddNote.Map(api);
        RecordSpokenAnswer.Map(api);
        ReadWatch.Map(api);
        ReadProbes.Map(api);
        TakeWatchItem.Map(api);
        api.MapPaging();
        ReadRecords.Map(api);
        DownloadBundle.Map(api);
        DownloadCertificate.Map(api);
        VerifyLog.Map(api);
        DutyRoutes.Map(api);
        ShowBoard.Map(app);
    }

    /// <summary>The screens of operators, supervisors and administrators, and those of duty.</summary>
    public static void MapScreens(IEndpointRouteBuilder app)
    {
        ShowDesk.Map(app);
        TakeWatchItem.MapButton(app);
        ShowCall.Map(app);
        ShowRefer.Map(app);
        ShowCase.Map(app);
        CallSheet.Map(app);
        HandOver.Map(app);
        TickOutsideStep.Map(app);
        DecideCallBack.Map(app);
        ShowGlass.Map(app, CaseGlass.Place);
        ChangeAgencies.Map(app);
        ShowRecords.Map(app);
        ShowCaseRecords.Map(app);
        ShowShreddings.Map(app);
        DownloadCertificate.MapPage(app);
        DutyScreens.Map(app);
    }
}
