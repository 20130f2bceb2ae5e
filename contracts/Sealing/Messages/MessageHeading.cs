using Hotline.Contracts;

namespace Hotline.Sealing;

/// <summary>Everything of a message but its body; see <see cref="MessagePayload"/> for each member. Expires 30 days after <paramref name="Iat"/>.</summary>
/// <param name="Iat">The sender's database clock; written in whole seconds, rounded down.</param>
public sealed record MessageHeading(
    string Iss, string Aud, Guid Jti, DateTimeOffset Iat, string Kind, string Class, Guid? Referral, int? Epoch, long? Seq);
