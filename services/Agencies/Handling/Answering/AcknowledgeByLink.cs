using System.Text.Encodings.Web;
using Hotline.Duty.Channels;
using Hotline.Duty.Escalations;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Handling.Answering;

/// <summary>
/// <c>/a/{token}</c>: acknowledging from a page. Must stay true: a GET changes nothing (mail programs open links by
/// themselves) and neither shows a word of the case; the number and the urgency stood in the page already.
/// </summary>
public static class AcknowledgeByLink
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/a/{token}", ShowAsync).AllowAnyone().ExcludeFromDescription();
        routes.MapPost("/a/{token}", AcknowledgeAsync).AllowAnyone().ExcludeFromDescription();
    }

    static async Task<IResult> ShowAsync(string token, PageLinks links, AnswerFromPage answers, DatabaseClock clock, CancellationToken cancel)
    {
        if (await FindAsync(token, links, answers, clock, cancel) is not { } page)
            return Gone();
        return page.Current
            ? Html(200, $"{page.Reference} · {page.Urgency}", """<form method="post"><button type="submit">Tiếp nhận</button></form>""")
            : Taken(page.Reference, page.Holder);
    }

    static async Task<IResult> AcknowledgeAsync(string token, PageLinks links, AnswerFromPage answers, DatabaseClock clock, CancellationToken cancel)
    {
        if (await FindAsync(token, links, answers, clock, cancel) is not { } page)
            return Gone();
        var answer = await answers.AcknowledgeAsync(page, AnsweredHow.Link, cancel);
        return answer.Acknowledged
            ? Html(200, page.Reference, "<p>Đã tiếp nhận. Hãy đăng nhập và mở hồ sơ ngay.</p>")
            : Taken(page.Reference, answer.By);
    }

    static async Task<AnsweredPage?> FindAsync(string token, PageLinks links, AnswerFromPage answers, DatabaseClock clock, CancellationToken cancel) =>
        links.Read(token) is { } link && link.Until > await clock.NowAsync(cancel) ? await answers.FindAsync(link.Page, cancel) : null;

    static IResult Taken(string reference, string? holder) => Html(
        409, reference, holder is null ? "<p>Liên kết không còn hiệu lực.</p>" : $"<p>Đã tiếp nhận: {HtmlEncoder.Default.Encode(holder)}.</p>");

    static IResult Gone() => Html(404, "Đường dây nóng", "<p>Liên kết không còn hiệu lực.</p>");

    static IResult Html(int status, string title, string body) => Results.Content(
        $"""
        <!doctype html>
        <html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer"><title>{HtmlEncoder.Default.Encode(title)}</title></head>
        <body><main><h1>{HtmlEncoder.Default.Encode(title)}</h1>{body}</main></body></html>
        """, "text/html; charset=utf-8", statusCode: status);
}
