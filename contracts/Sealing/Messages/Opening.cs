// The conditions of protocol.md, in order: form, address, key, tag; then signature, issuer, audience, id, time. What must
// stay true: the payload is believed only after the signature, and the key's owner is the issuer.
using System.Text;
using Hotline.Contracts;

namespace Hotline.Sealing;

/// <summary>The opening of one message.</summary>
readonly struct Opening(string party, PartyKeys keys, KeyDirectory directory, byte[] sha256)
{
    internal OpenResult Open(byte[] body, Guid messageId, string to, DateTimeOffset now)
    {
        if (body.Length > Suite.LargestToken)
            return Rejected(SealingCodes.TooLarge, null);
        if (Jwe.TryRead(body, HeaderRules.Sealed, out var header, out var code) is not { } jwe)
            return Rejected(code, header?.Mid);

        var mid = jwe.Header.Mid;
        if (jwe.Header.To != party || to != party)
            return Rejected(SealingCodes.WrongAudience, mid);
        if (mid != messageId)
            return Rejected(SealingCodes.MismatchedId, mid);
        var sealing = directory.Find(jwe.Header.Kid);
        if (sealing is not null && sealing.Party != party)
            return Rejected(SealingCodes.WrongAudience, mid);
        if (Refuse(sealing, KeyUse.Encryption) is { } reason)
            return Rejected(reason, mid);
        // Known to the directory, yet destroyed here: the sender can seal for the present key.
        if (keys.FindOrReload(sealing!.Kid) is not { } own)
            return Rejected(SealingCodes.UnknownKey, mid);
        return jwe.TryOpen(own, out code) is { } plaintext ? OpenSigned(plaintext, sealing, messageId, now) : Rejected(code, mid);
    }

    OpenResult OpenSigned(byte[] token, PublicKey sealing, Guid mid, DateTimeOffset now)
    {
        if (Jws.TryRead(token, HeaderRules.Signed, out var code) is not { } jws)
            return Rejected(code, mid);
        var signing = directory.Find(jws.Header.Kid);
        if (Refuse(signing, KeyUse.Signing) is { } reason)
            return Rejected(reason, mid, jws);
        if (!jws.IsSignedBy(signing!))
            return Rejected(SealingCodes.BadSignature, mid, jws);
        if (PayloadForm.TryRead(jws.Payload, out code) is not { } payload)
            return Rejected(code, mid, jws);

        code = payload.Iss != signing!.Party ? SealingCodes.WrongIssuer
            : payload.Aud != party ? SealingCodes.WrongAudience
            : payload.Jti != mid ? SealingCodes.MismatchedId
            : Judge(payload, sealing, signing, now);
        if (code.Length > 0)
            return Rejected(code, mid, jws);
        var text = Encoding.ASCII.GetString(token);
        return IssuedAt(payload) > now + Envelope.ClockLeeway
            ? new OpenResult.Early(payload, text, sha256) : new OpenResult.Opened(payload, text, sha256);
    }

    static string Judge(MessagePayload payload, PublicKey sealing, PublicKey signing, DateTimeOffset now)
    {
        if (DateTimeOffset.FromUnixTimeSeconds(payload.Exp) <= now)
            return SealingCodes.Expired;
        if (payload.Exp <= payload.Iat || payload.Exp - payload.Iat > (long)MessagePayload.Lifetime.TotalSeconds)
            return SealingCodes.LifetimeNotAllowed;
        var iat = IssuedAt(payload);
        // An iat in the future is held, never rejected: its keys are judged when it is due.
        return iat > now + Envelope.ClockLeeway || sealing.IsValidAt(iat) && signing.IsValidAt(iat)
            ? "" : SealingCodes.OutsideValidity;
    }

    static DateTimeOffset IssuedAt(MessagePayload payload) => DateTimeOffset.FromUnixTimeSeconds(payload.Iat);

    static string? Refuse(PublicKey? key, KeyUse use) =>
        key is null ? SealingCodes.UnknownKey
        : key.State == KeyState.Revoked ? SealingCodes.RevokedKey
        : key.Use != use ? SealingCodes.WrongUse
        : null;

    OpenResult.Rejected Rejected(string code, Guid? mid, Jws? jws = null) =>
        new(code, mid, jws is null ? null : KnownParty(PayloadForm.ReadIssuer(jws.Payload)), sha256);

    string? KnownParty(string? issuer) => issuer is not null && directory.Knows(issuer) ? issuer : null;
}
