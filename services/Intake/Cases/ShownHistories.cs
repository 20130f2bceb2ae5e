using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Hotline.Hosting.Accounts;
using Hotline.Sealing;

namespace Hotline.Intake.Cases;

/// <summary>
/// Which histories of a case an open page has shown, in the address that it asks again by. Signed for the session: nobody
/// can read a history for the first time and have it pass for one that was recorded.
/// </summary>
static class ShownHistories
{
    const string Purpose = "shown-histories";

    public static string Query(HttpContext http, Guid @case, IReadOnlyList<Guid> referrals) =>
        $"?shown={string.Join('.', referrals.Select(r => r.ToString("N")))}&mark={Mark(http, @case, referrals)}";

    /// <returns>None where the address was not signed for this session and case.</returns>
    public static IReadOnlyList<Guid> In(HttpContext http, Guid @case)
    {
        var shown = http.Request.Query["shown"].ToString().Split('.').Select(id => Guid.TryParseExact(id, "N", out var one) ? one : Guid.Empty).ToList();
        var (sent, expected) = (http.Request.Query["mark"].ToString(), Mark(http, @case, shown));
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(sent), Encoding.UTF8.GetBytes(expected)) ? shown : [];
    }

    static string Mark(HttpContext http, Guid @case, IReadOnlyList<Guid> referrals) => Base64Url.EncodeToString(
        http.RequestServices.GetRequiredService<StorageKeys>().Mac(Encoding.UTF8.GetBytes($"{http.SignedInSession().Token} {@case} {string.Join(' ', referrals)}"), Purpose));
}
