using System.Text;
using Hotline.Contracts;

namespace Hotline.Sealing;

/// <summary>A signed message read as evidence, long after it was received: who signed it, not whether it may still take effect.</summary>
public static class SignedStatement
{
    /// <returns>The payload; null with a code where the form or the signature is not good, or the key is unknown or revoked.</returns>
    public static MessagePayload? TryRead(string jws, KeyDirectory directory, out string code)
    {
        if (jws.Length > Suite.LargestToken || Jws.TryRead(Encoding.UTF8.GetBytes(jws), HeaderRules.Signed, out code) is not { } read)
        {
            code = SealingCodes.Malformed;
            return null;
        }
        var key = directory.Find(read.Header.Kid);
        code = key is null ? SealingCodes.UnknownKey
            : key.State == KeyState.Revoked ? SealingCodes.RevokedKey
            : key.Use != KeyUse.Signing ? SealingCodes.WrongUse
            : read.IsSignedBy(key) ? string.Empty : SealingCodes.BadSignature;
        if (code.Length > 0 || PayloadForm.TryRead(read.Payload, out code) is not { } payload)
            return null;
        if (payload.Iss == key!.Party)
            return payload;
        code = SealingCodes.WrongIssuer;
        return null;
    }
}
