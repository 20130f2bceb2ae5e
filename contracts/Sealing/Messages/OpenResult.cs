using Hotline.Contracts;

namespace Hotline.Sealing;

/// <summary>What became of a sealed message. The SHA-256 is over the body as received (UTF-8 bytes of the text).</summary>
public abstract record OpenResult
{
    OpenResult()
    {
    }

    /// <summary>Everything of protocol.md's list holds. Identity is (<c>iss</c>, <c>jti</c>), never a hash: ES256 signatures are malleable.</summary>
    /// <param name="Jws">The signed message, to be sealed anew for storage.</param>
    public sealed record Opened(MessagePayload Payload, string Jws, byte[] BodySha256) : OpenResult
    {
        public override string ToString() => "[opened message]";
    }

    /// <summary>Genuine, but issued in the future: the caller holds it, raises <c>clock.skew</c> and opens it again later.</summary>
    public sealed record Early(MessagePayload Payload, string Jws, byte[] BodySha256) : OpenResult
    {
        public override string ToString() => "[early message]";
    }

    /// <param name="Code">One of <see cref="SealingCodes"/>.</param>
    /// <param name="Mid">The message id that the outer header states, where it could be read.</param>
    /// <param name="ClaimedIssuer">
    /// A party of the directory that the message names as its sender. NOT verified: good for addressing a rejection, for nothing else.
    /// </param>
    public sealed record Rejected(string Code, Guid? Mid, string? ClaimedIssuer, byte[] BodySha256) : OpenResult;
}
