using Hotline.Console;
using Hotline.Duty.Channels;
using Hotline.Duty.Escalations;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Handling.Answering;

/// <summary>What the page behind a link says.</summary>
public enum LinkOutcome
{
    /// <summary>It asks.</summary>
    Open,
    Acknowledged,

    /// <summary>The next step is being paged.</summary>
    Passed,

    /// <summary>Somebody has answered already.</summary>
    Taken,

    /// <summary>Too old, forged, or for nobody.</summary>
    Gone,
}

/// <summary>
/// <c>/a/{token}</c>: acknowledging from a page, on a telephone. Must stay true: a GET changes nothing (mail programs open
/// links by themselves) and neither shows a word of the case; the number and the urgency stood in the page already.
/// </summary>
public static class AcknowledgeByLink
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/a/{token}", ShowAsync).AllowAnyone().ExcludeFromDescription();
        routes.MapPost("/a/{token}", AcknowledgeAsync).AllowAnyone().ExcludeFromDescription();
        routes.MapPost("/a/{token}/pass", PassAsync).AllowAnyone().ExcludeFromDescription();
    }

    static async Task<IResult> ShowAsync(string token, PageLinks links, AnswerFromPage answers, DatabaseClock clock, CancellationToken cancel)
    {
        var (page, until) = await FindAsync(token, links, answers, clock, cancel);
        return page is null ? Show(LinkOutcome.Gone) : Show(page.Current ? LinkOutcome.Open : LinkOutcome.Taken, page, page.Holder, token, until);
    }

    static async Task<IResult> AcknowledgeAsync(string token, PageLinks links, AnswerFromPage answers, DatabaseClock clock, CancellationToken cancel)
    {
        var (page, until) = await FindAsync(token, links, answers, clock, cancel);
        if (page is null)
            return Show(LinkOutcome.Gone);
        var answer = await answers.AcknowledgeAsync(page, AnsweredHow.Link, cancel);
        return Show(answer.Acknowledged ? LinkOutcome.Acknowledged : LinkOutcome.Taken, page, answer.By, token, until);
    }

    static async Task<IResult> PassAsync(string token, PageLinks links, AnswerFromPage answers, DatabaseClock clock, CancellationToken cancel)
    {
        var (page, until) = await FindAsync(token, links, answers, clock, cancel);
        if (page is null)
            return Show(LinkOutcome.Gone);
        return Show(await answers.PassAsync(page, cancel) || page.Current ? LinkOutcome.Passed : LinkOutcome.Taken, page, page.Holder, token, until);
    }

    static async Task<(AnsweredPage? Page, DateTimeOffset Until)> FindAsync(
        string token, PageLinks links, AnswerFromPage answers, DatabaseClock clock, CancellationToken cancel) =>
        links.Read(token) is { } link && link.Until > await clock.NowAsync(cancel) ? (await answers.FindAsync(link.Page, cancel), link.Until) : (null, default);

    static RazorComponentResult<AnswerPage> Show(LinkOutcome outcome, AnsweredPage? page = null, string? holder = null, string token = "", DateTimeOffset until = default) =>
        Pages.Show<AnswerPage>(new { Outcome = outcome, Page = page, Holder = holder, Token = token, Until = until }, outcome switch
        {
            LinkOutcome.Gone => StatusCodes.Status404NotFound,
            LinkOutcome.Taken => StatusCodes.Status409Conflict,
            _ => StatusCodes.Status200OK,
        });
}
