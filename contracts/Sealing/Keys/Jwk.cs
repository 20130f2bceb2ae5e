using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Hotline.Sealing;

/// <summary>A P-256 key as a JWK (RFC 7517, RFC 7518 section 6.2), read strictly; <c>kid</c> is its RFC 7638 thumbprint.</summary>
sealed record Jwk(string Kid, KeyUse Use, byte[] X, byte[] Y, byte[]? D)
{
    internal const string SigningUse = "sig";
    internal const string EncryptionUse = "enc";

    /// <summary>Base64url of SHA-256 over the required members in order, without white space (RFC 7638 section 3).</summary>
    internal static string Thumbprint(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => Base64UrlText.Encode(SHA256.HashData(
        Encoding.ASCII.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{Base64UrlText.Encode(x)}}","y":"{{Base64UrlText.Encode(y)}}"}""")));

    internal static Jwk Create(KeyUse use)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parameters = key.ExportParameters(true);
        return new Jwk(Thumbprint(parameters.Q.X, parameters.Q.Y), use, parameters.Q.X!, parameters.Q.Y!, parameters.D);
    }

    internal Jwk PublicHalf() => this with { D = null };

    internal ECParameters Parameters() => new()
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = new ECPoint { X = X, Y = Y },
        D = D,
    };

    internal static string Text(KeyUse use) => use == KeyUse.Signing ? SigningUse : EncryptionUse;

    internal byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            WriteMembers(writer);
            if (D is not null)
                writer.WriteString("d", Base64UrlText.Encode(D));
            writer.WriteEndObject();
        }
        return stream.ToArray();
    }

    internal void WriteMembers(Utf8JsonWriter writer)
    {
        writer.WriteString("kty", Suite.KeyType);
        writer.WriteString("crv", Suite.Curve);
        writer.WriteString("use", Text(Use));
        writer.WriteString("kid", Kid);
        writer.WriteString("x", Base64UrlText.Encode(X));
        writer.WriteString("y", Base64UrlText.Encode(Y));
    }

    /// <summary>Reads a key and checks that its point lies on the curve and that its kid is its thumbprint.</summary>
    /// <param name="others">Members beside those of a key that the caller reads itself.</param>
    internal static Jwk? TryRead(JsonElement element, bool secret, Func<string, bool>? others = null)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return null;
        string? type = null, curve = null, use = null, kid = null, x = null, y = null, d = null;
        foreach (var member in element.EnumerateObject())
        {
            if (others?.Invoke(member.Name) == true)
                continue;
            if (member.Value.ValueKind != JsonValueKind.String)
                return null;
            var value = member.Value.GetString();
            switch (member.Name)
            {
                case "kty": type = value; break;
                case "crv": curve = value; break;
                case "use": use = value; break;
                case "kid": kid = value; break;
                case "x": x = value; break;
                case "y": y = value; break;
                case "d" when secret: d = value; break;
                default: return null;
            }
        }
        return type == Suite.KeyType && curve == Suite.Curve && use is SigningUse or EncryptionUse && secret == d is not null
            && Coordinate(x) is { } left && Coordinate(y) is { } right && kid == Thumbprint(left, right)
            && Checked(new Jwk(kid, use == SigningUse ? KeyUse.Signing : KeyUse.Encryption, left, right, Coordinate(d))) is { } key
                ? key : null;
    }

    static byte[]? Coordinate(string? text) =>
        text is not null && Base64UrlText.TryDecode(text, out var bytes) && bytes.Length == Suite.CoordinateBytes ? bytes : null;

    static Jwk? Checked(Jwk key)
    {
        try
        {
            using var imported = ECDsa.Create(key.Parameters());
            return key;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public override string ToString() => Kid;
}
