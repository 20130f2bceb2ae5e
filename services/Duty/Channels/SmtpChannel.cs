using Hotline.Hosting;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using MimeKit.Text;
using Polly;

namespace Hotline.Duty.Channels;

/// <summary>Pages by e-mail. A page's key is its Message-Id, so that a second copy is known as one.</summary>
public sealed class SmtpChannel(HostSettings settings, TimeProvider time)
{
    readonly ResiliencePipeline pipeline = ChannelPipeline.Create(time);

    public bool IsSimulated => settings.Channels?.Smtp?.Simulated == true;

    public async Task<SendOutcome> SendAsync(OutgoingPage page, CancellationToken cancel)
    {
        if (settings.Channels?.Smtp is not { } server)
            return SendOutcome.NotSent("no-mail-server");
        if (!MailboxAddress.TryParse(page.Address, out var to))
            return SendOutcome.Failed("bad-address");
        using var message = new MimeMessage(
            [MailboxAddress.Parse(server.From)], [to], page.Subject, new TextPart(TextFormat.Plain) { Text = page.Text })
        {
            MessageId = $"{page.Key:N}@hotline",
        };
        try
        {
            await pipeline.ExecuteAsync(async token => await SubmitAsync(server, message, token), cancel);
            return SendOutcome.Accepted("smtp", reportWithin: null);
        }
        catch (SmtpCommandException refused)
        {
            return SendOutcome.Failed($"smtp-{(int)refused.StatusCode}");
        }
        catch (Exception away) when (away is not OutOfMemoryException && !cancel.IsCancellationRequested)
        {
            return SendOutcome.Failed("smtp-down");
        }
    }

    static async Task SubmitAsync(SmtpSettings server, MimeMessage message, CancellationToken cancel)
    {
        using var client = new SmtpClient();
        await client.ConnectAsync(server.Host, server.Port, server.Tls ? SecureSocketOptions.StartTls : SecureSocketOptions.None, cancel);
        if (server.UserName is not null)
            await client.AuthenticateAsync(server.UserName, server.Password ?? "", cancel);
        await client.SendAsync(message, cancel);
        await client.DisconnectAsync(true, cancel);
    }
}
