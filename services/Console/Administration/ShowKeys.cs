using System.Buffers.Text;
using Hotline.Hosting.Accounts;
using Hotline.Sealing;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Console.Administration;

/// <summary><c>GET /administration/keys</c>: the key directory in force, to compare over the telephone. It holds public keys and nothing else.</summary>
static class ShowKeys
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPage(
        "/administration/keys", (Envelope envelope) => Pages.Show<KeysPage>(new { envelope.Directory })).RequireRole(Roles.Administrator);

    /// <summary>The key's RFC 7638 thumbprint (SHA-256), in groups that can be read aloud.</summary>
    public static string Fingerprint(PublicKey key) =>
        string.Join(' ', Convert.ToHexStringLower(Base64Url.DecodeFromChars(key.Kid)).Chunk(4).Select(group => new string(group)));
}
