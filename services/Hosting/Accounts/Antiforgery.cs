using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Hotline.Hosting.Http;
using Hotline.Sealing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hotline.Hosting.Accounts;

/// <summary>
/// What a browser must send beside its cookie when it changes something: a keyed hash of its own session, from the page
/// (header <c>X-Antiforgery</c>, or the form's field <c>antiforgery</c>). Another site can make the browser send the
/// cookie, but cannot read the page. It ends with the session.
/// </summary>
public static class Antiforgery
{
    public const string Header = "X-Antiforgery";
    public const string Field = "antiforgery";
    const string Purpose = "antiforgery";

    public static string TokenFor(HttpContext http) => Token(http.RequestServices.GetRequiredService<StorageKeys>(), http.SignedInSession());

    internal static async Task<bool> HoldsAsync(HttpContext http, Session session)
    {
        var sent = http.Request.Headers[Header].ToString();
        if (sent.Length == 0 && http.Request.HasFormContentType)
            sent = (await http.ReadFormBodyAsync())[Field].ToString();
        var expected = Token(http.RequestServices.GetRequiredService<StorageKeys>(), session);
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(sent), Encoding.UTF8.GetBytes(expected));
    }

    static string Token(StorageKeys storage, Session session) =>
        Base64Url.EncodeToString(storage.Mac(Encoding.UTF8.GetBytes(session.Token), Purpose));
}
