namespace Hotline.Hosting;

/// <summary>Ways out of the house for pages; each may be missing, and pages then say so.</summary>
public sealed record ChannelSettings
{
    /// <summary>Address of this service as officers and gateways reach it: for links and delivery reports.</summary>
    public required string PublicUrl { get; init; }

    public SmtpSettings? Smtp { get; init; }

    /// <summary>In the order in which they are tried.</summary>
    public IReadOnlyList<GatewaySettings> Gateways { get; init; } = [];
}

/// <param name="From">Sender's address.</param>
/// <param name="Simulated">A simulator that reaches nobody: exercises may use it.</param>
public sealed record SmtpSettings(string Host, int Port, string From, bool Simulated = false, string? UserName = null, string? Password = null, bool Tls = false);

/// <summary>An HTTP gateway for SMS and voice.</summary>
/// <param name="Name">What its delivery reports call it.</param>
/// <param name="Secret">For <see cref="Sealing.RequestSeal"/>, both ways.</param>
/// <param name="Simulated">A simulator that reaches nobody: exercises may use it.</param>
public sealed record GatewaySettings(string Name, string Url, string Secret, bool Simulated = false)
{
    /// <summary>Never the secret.</summary>
    public override string ToString() => Name;
}
