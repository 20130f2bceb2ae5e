namespace Hotline.Contracts;

/// <summary>
/// The one kind of message on the bus (protocol.md, "Sealed message"). Everything a broker can see of a hand-over
/// is in these three members: no type name, no host name, no content.
/// </summary>
/// <param name="MessageId">Equals <c>mid</c> in the JWE header and <c>jti</c> in the signed payload (UUIDv7).</param>
/// <param name="To">The receiving party, for example <c>police</c>.</param>
/// <param name="Body">Compact JWE (RFC 7516) around a compact JWS (RFC 7515).</param>
public sealed record SealedMessage(Guid MessageId, string To, string Body);
