using Hotline.Sealing;

namespace Hotline.Hosting.Messages;

/// <summary>The messages that this party has sent and keeps, sealed, until their case is shredded.</summary>
public static class SentMessages
{
    /// <summary>Where a sent message is sealed to.</summary>
    public static CellAddress Cell(Guid jti) => new("sent_messages", jti, "sealed_jws", 1);
}
