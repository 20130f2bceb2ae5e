using System.Buffers;
using System.Text.Json;
using Hotline.Contracts;

namespace Hotline.Sealing;

/// <summary>The signed payload as JSON (protocol.md, "Sealed message"): written and read here only.</summary>
static class PayloadForm
{
    const int Version = 1;
    const int LongestKind = 64;

    // The last second that a DateTimeOffset can hold, so that no later conversion throws.
    const long LatestTime = 253_402_300_799;

    static readonly JsonWriterOptions Options = new() { Encoder = Wire.Json.Encoder, MaxDepth = StrictJson.Depth };
    static readonly long Lifetime = (long)MessagePayload.Lifetime.TotalSeconds;

    /// <summary>Writes the payload without its end: `pad` follows when the length is known.</summary>
    internal static void WriteOpen<TBody>(IBufferWriter<byte> output, MessageHeading heading, TBody body)
    {
        using var writer = new Utf8JsonWriter(output, Options);
        var iat = heading.Iat.ToUnixTimeSeconds();
        WriteHeading(writer, heading, iat, iat + Lifetime);
        if (body is JsonElement element)
            element.WriteTo(writer);
        else
            JsonSerializer.Serialize(writer, body, Wire.Json);
    }

    /// <inheritdoc cref="WriteOpen{TBody}"/>
    internal static void WriteOpen(IBufferWriter<byte> output, MessagePayload payload)
    {
        using var writer = new Utf8JsonWriter(output, Options);
        var heading = new MessageHeading(payload.Iss, payload.Aud, payload.Jti, default, payload.Kind, payload.Class,
            payload.Referral, payload.Epoch, payload.Seq);
        WriteHeading(writer, heading, payload.Iat, payload.Exp);
        payload.Body.WriteTo(writer);
    }

    static void WriteHeading(Utf8JsonWriter writer, MessageHeading heading, long iat, long exp)
    {
        writer.WriteStartObject();
        writer.WriteNumber("v"u8, Version);
        writer.WriteString("iss"u8, heading.Iss);
        writer.WriteString("aud"u8, heading.Aud);
        writer.WriteString("jti"u8, heading.Jti);
        writer.WriteNumber("iat"u8, iat);
        writer.WriteNumber("exp"u8, exp);
        writer.WriteString("kind"u8, heading.Kind);
        writer.WriteString("class"u8, heading.Class);
        if (heading.Referral is { } referral)
            writer.WriteString("referral"u8, referral);
        if (heading.Epoch is { } epoch)
            writer.WriteNumber("epoch"u8, epoch);
        if (heading.Seq is { } seq)
            writer.WriteNumber("seq"u8, seq);
        writer.WritePropertyName("body"u8);
    }

    /// <summary>Reads a payload whose signature has been checked.</summary>
    internal static MessagePayload? TryRead(ReadOnlySpan<byte> json, out string code)
    {
        if (!StrictJson.TryParse(json, out var root, out code))
            return null;
        code = SealingCodes.Malformed;
        if (root.ValueKind != JsonValueKind.Object)
            return null;
        var form = new Reading();
        foreach (var member in root.EnumerateObject())
        {
            if (!form.TryTake(member.Name, member.Value))
                return null;
        }
        if (form.V is not null and not Version)
        {
            code = SealingCodes.UnsupportedVersion;
            return null;
        }
        if (form.ToPayload() is not { } payload)
            return null;
        code = "";
        return payload;
    }

    /// <summary>Who a payload says it is from; for a message that is refused anyway.</summary>
    internal static string? ReadIssuer(ReadOnlySpan<byte> json) =>
        StrictJson.TryParse(json, out var root, out _) && root.ValueKind == JsonValueKind.Object
        && root.TryGetProperty("iss", out var iss) && iss.ValueKind == JsonValueKind.String ? iss.GetString() : null;

    ref struct Reading
    {
        string? iss, aud, kind, @class;
        Guid? jti, referral;
        long? iat, exp, seq;
        int? epoch;
        JsonElement? body;

        internal int? V { get; private set; }

        internal bool TryTake(string name, JsonElement value)
        {
            switch (name)
            {
                case "v": return (V = Whole(value) is >= int.MinValue and <= int.MaxValue and var v ? (int)v : null) is not null;
                case "iss": return (iss = Text(value)) is not null;
                case "aud": return (aud = Text(value)) is not null;
                case "jti": return (jti = Id(value)) is not null;
                case "iat": return (iat = Time(value)) is not null;
                case "exp": return (exp = Time(value)) is not null;
                case "kind": return (kind = Text(value)) is { Length: > 0 and <= LongestKind };
                case "class": return (@class = Text(value)) is MessageClass.Live or MessageClass.Exercise or MessageClass.Probe;
                case "referral": return (referral = Id(value)) is not null;
                case "epoch": return (epoch = Whole(value) is >= 0 and <= int.MaxValue and var e ? (int)e : null) is not null;
                case "seq": return (seq = Whole(value) is >= 1 and var s ? s : null) is not null;
                case "body": return (body = value) is { ValueKind: JsonValueKind.Object };
                case "pad": return value.ValueKind == JsonValueKind.String;
                default: return false;
            }
        }

        internal readonly MessagePayload? ToPayload() =>
            V is null || iss is null || aud is null || jti is null || iat is null || exp is null || kind is null
            || @class is null || body is null
                ? null
                : new MessagePayload
                {
                    V = Version,
                    Iss = iss,
                    Aud = aud,
                    Jti = jti.Value,
                    Iat = iat.Value,
                    Exp = exp.Value,
                    Kind = kind,
                    Class = @class,
                    Referral = referral,
                    Epoch = epoch,
                    Seq = seq,
                    Body = body.Value,
                };

        static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

        static Guid? Id(JsonElement value) => value.ValueKind == JsonValueKind.String && value.TryGetGuid(out var id) ? id : null;

        static long? Whole(JsonElement value) =>
            value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

        static long? Time(JsonElement value) => Whole(value) is >= 0 and <= LatestTime and var time ? time : null;
    }
}
