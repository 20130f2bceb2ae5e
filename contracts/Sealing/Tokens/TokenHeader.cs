using System.Text.Json;

namespace Hotline.Sealing;

[Flags]
enum HeaderMember
{
    None = 0,
    Alg = 1,
    Enc = 2,
    Kid = 4,
    Epk = 8,
    Typ = 16,
    Cty = 32,
    Mid = 64,
    To = 128,
}

/// <summary>Which members one kind of token has: those required and no others.</summary>
sealed record HeaderRules(string Algorithm, string Type, HeaderMember Required, HeaderMember Optional = HeaderMember.None)
{
    internal static readonly HeaderRules Signed =
        new(Suite.Signature, Suite.SignedType, HeaderMember.Alg | HeaderMember.Kid | HeaderMember.Typ);

    internal static readonly HeaderRules Directory = Signed with { Type = Suite.DirectoryType };

    internal static readonly HeaderRules Sealed = new(Suite.Agreement, Suite.SealedType,
        HeaderMember.Alg | HeaderMember.Enc | HeaderMember.Kid | HeaderMember.Epk | HeaderMember.Typ | HeaderMember.Cty
        | HeaderMember.Mid | HeaderMember.To);
}

/// <summary>A protected header, read strictly. Nothing in it is trusted before the token's signature or tag has been checked.</summary>
sealed class TokenHeader
{
    const int LongestHeader = 2048;
    HeaderMember seen;
    bool unlisted;
    bool otherAlgorithm;
    bool otherType;
    bool badKey;

    internal string Kid { get; private set; } = "";

    internal Guid? Mid { get; private set; }

    internal string To { get; private set; } = "";

    internal byte[] EpkX { get; } = new byte[Suite.CoordinateBytes];

    internal byte[] EpkY { get; } = new byte[Suite.CoordinateBytes];

    /// <summary>Reads as much as can be read; the header is only good where <paramref name="code"/> is empty.</summary>
    internal static TokenHeader Read(ReadOnlySpan<byte> encoded, HeaderRules rules, out string code)
    {
        var header = new TokenHeader();
        code = SealingCodes.Malformed;
        if (encoded.Length > LongestHeader || !Base64UrlText.TryDecode(encoded, out var json) || !System.Text.Unicode.Utf8.IsValid(json))
            return header;
        try
        {
            var reader = new Utf8JsonReader(json, StrictJson.ReaderOptions);
            code = header.ReadMembers(ref reader, rules) ?? header.Judge(rules);
        }
        catch (JsonException)
        {
            code = StrictJson.Explain(json) is SealingCodes.TooDeep ? SealingCodes.TooDeep : SealingCodes.Malformed;
        }
        catch (InvalidOperationException)
        {
            // A text with a lone surrogate.
            code = SealingCodes.Malformed;
        }
        return header;
    }

    string? ReadMembers(ref Utf8JsonReader reader, HeaderRules rules)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return SealingCodes.Malformed;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = MemberOf(ref reader);
            if ((seen & member) != 0)
                return SealingCodes.DuplicateMember;
            seen |= member;
            reader.Read();
            if (member == HeaderMember.None || (member & (rules.Required | rules.Optional)) == 0)
            {
                unlisted = true;
                reader.Skip();
            }
            else if (member == HeaderMember.Epk)
            {
                if (reader.TokenType != JsonTokenType.StartObject)
                    return SealingCodes.Malformed;
                if (ReadKey(ref reader) is { } code)
                    return code;
            }
            else if (reader.TokenType != JsonTokenType.String)
            {
                return SealingCodes.Malformed;
            }
            else
            {
                ReadText(ref reader, member, rules);
            }
        }
        return reader.Read() ? SealingCodes.Malformed : null;
    }

    static HeaderMember MemberOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("alg"u8) ? HeaderMember.Alg
        : reader.ValueTextEquals("enc"u8) ? HeaderMember.Enc
        : reader.ValueTextEquals("kid"u8) ? HeaderMember.Kid
        : reader.ValueTextEquals("epk"u8) ? HeaderMember.Epk
        : reader.ValueTextEquals("typ"u8) ? HeaderMember.Typ
        : reader.ValueTextEquals("cty"u8) ? HeaderMember.Cty
        : reader.ValueTextEquals("mid"u8) ? HeaderMember.Mid
        : reader.ValueTextEquals("to"u8) ? HeaderMember.To
        : HeaderMember.None;

    void ReadText(ref Utf8JsonReader reader, HeaderMember member, HeaderRules rules)
    {
        switch (member)
        {
            case HeaderMember.Alg: otherAlgorithm |= !reader.ValueTextEquals(rules.Algorithm); break;
            case HeaderMember.Enc: otherAlgorithm |= !reader.ValueTextEquals(Suite.Content); break;
            case HeaderMember.Typ: otherType |= !reader.ValueTextEquals(rules.Type); break;
            case HeaderMember.Cty: otherType |= !reader.ValueTextEquals(Suite.SignedType); break;
            case HeaderMember.Kid: Kid = reader.GetString()!; break;
            case HeaderMember.To: To = reader.GetString()!; break;
            case HeaderMember.Mid: Mid = Guid.TryParseExact(reader.GetString(), "D", out var mid) ? mid : null; break;
        }
    }

    // Exactly kty, crv, x, y: a `d` or anything else in an ephemeral key has no business there.
    string? ReadKey(ref Utf8JsonReader reader)
    {
        var found = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var bit = reader.ValueTextEquals("kty"u8) ? 1 : reader.ValueTextEquals("crv"u8) ? 2
                : reader.ValueTextEquals("x"u8) ? 4 : reader.ValueTextEquals("y"u8) ? 8 : 0;
            if ((found & bit) != 0)
                return SealingCodes.DuplicateMember;
            found |= bit;
            reader.Read();
            if (bit == 0 || reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped)
            {
                badKey = true;
                reader.Skip();
                continue;
            }
            badKey |= bit switch
            {
                1 => !reader.ValueTextEquals(Suite.KeyType),
                2 => !reader.ValueTextEquals(Suite.Curve),
                4 => !Base64UrlText.TryDecode(reader.ValueSpan, EpkX.AsSpan()),
                _ => !Base64UrlText.TryDecode(reader.ValueSpan, EpkY.AsSpan()),
            };
        }
        badKey |= found != 15;
        return null;
    }

    string Judge(HeaderRules rules)
    {
        if (otherAlgorithm)
            return SealingCodes.AlgorithmNotAllowed;
        if (unlisted)
            return SealingCodes.HeaderNotAllowed;
        if ((seen & rules.Required) != rules.Required)
            return SealingCodes.HeaderMissing;
        if (otherType)
            return SealingCodes.TypeNotAllowed;
        if (badKey)
            return SealingCodes.EphemeralKeyInvalid;
        // A kid is looked up, never used as a path or a query; still nothing that is no thumbprint gets that far.
        if ((rules.Required & HeaderMember.Kid) != 0 && !KeyFiles.IsThumbprint(Kid))
            return SealingCodes.Malformed;
        return (rules.Required & HeaderMember.Mid) != 0 && Mid is null ? SealingCodes.Malformed : "";
    }
}
