using Hotline.Console.Forms;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Console.Administration;

/// <summary>A designation as focal point: by which document, from which day, until which day. It opens content, and its end closes it, at once.</summary>
static class GiveDesignation
{
    sealed record DesignationForm
    {
        [Max(200)] public string? DocumentNumber { get; init; }
        [Max(10)] public string? From { get; init; }

        /// <summary>The last day of it.</summary>
        [Max(10)] public string? Until { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapForm($"{ShowAccounts.Address}/{{id:guid}}/designations", GiveAsync).RequireRole(Roles.Administrator);
        routes.MapForm("/administration/designations/{id:guid}/revoke", RevokeAsync).RequireRole(Roles.Administrator);
    }

    static async Task<IResult> GiveAsync(Guid id, HttpContext http, AccountChanges changes, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var (form, typed) = await Typed.ReadAsync<DesignationForm>(http);
        var refusal = typed.Refusal ?? CheckDays(form!);
        if (refusal is null)
        {
            DateTimeOffset? from = LocalDay.Read(form!.From) is { } first ? LocalDay.Begins(first) : null;
            DateTimeOffset? until = LocalDay.Read(form.Until) is { } last ? LocalDay.Begins(last.AddDays(1)) : null;
            (_, refusal) = await changes.DesignateAsync(http.Caller(), id, form.DocumentNumber ?? string.Empty, from, until, null, cancel);
        }
        return refusal is null
            ? Results.LocalRedirect($"{ShowAccounts.Address}/{id}")
            : await ShowAccount.PageAsync(id, typed.Because(refusal), "designation", database, clock, cancel);
    }

    static async Task<IResult> RevokeAsync(Guid id, HttpContext http, AccountChanges changes, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var (account, refusal) = await changes.RevokeAsync(http.Caller(), id, null, cancel);
        return account is { } known ? await ChangeAccount.AnswerAsync(known, Task.FromResult(refusal), database, clock, cancel) : Pages.Refuse(refusal!);
    }

    static Refusal? CheckDays(DesignationForm form) =>
        form.From is not null && LocalDay.Read(form.From) is null ? Refusal.With("request.malformed", "at", "/from")
        : form.Until is not null && LocalDay.Read(form.Until) is null ? Refusal.With("request.malformed", "at", "/until") : null;
}
