using Hotline.Hosting.Accounts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Console.Glass;

/// <summary>What the pages of a broken glass are about at this host: a case at the hub, a referral at an agency.</summary>
/// <param name="Under">Where its pages are: <c>/cases</c>.</param>
/// <param name="Opens">What follows the id where it is read; may be empty.</param>
/// <param name="Code">SQL: what it is called, of <c>g.subject</c>.</param>
/// <param name="Refusal">Why the page that is read says no.</param>
/// <param name="Askers">Roles that may ask.</param>
/// <param name="Approvers">Roles that approve and review.</param>
public sealed record GlassPlace(string Under, string Opens, string Code, string Refusal, string[] Askers, string[] Approvers)
{
    /// <summary>Who may ask is shown how; everybody else is refused as by any page.</summary>
    public RefusalAnswer Instead => new((http, refusal) =>
        refusal.Code == Refusal && http.GetRouteValue("id") is string id && Guid.TryParse(id, out var subject)
            ? Results.LocalRedirect($"{Under}/{subject}/glass").ExecuteAsync(http) : Pages.RefuseAsync(http, refusal));

    public string Read(Guid subject) => $"{Under}/{subject}{Opens}";
}
