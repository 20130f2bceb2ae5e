using System.Buffers;
using MimeKit;
using SmtpServer;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace Hotline.Simulator;

/// <summary>A real SMTP server on loopback that keeps everything in one inbox and passes nothing on.</summary>
sealed class MailServer(Devices devices) : MessageStore
{
    public Task RunAsync(int port, CancellationToken stop)
    {
        var options = new SmtpServerOptionsBuilder()
            .ServerName("localhost")
            .Endpoint(endpoint => endpoint.Endpoint(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, port)))
            .Build();
        var services = new SmtpServer.ComponentModel.ServiceProvider();
        services.Add(this);
        return new SmtpServer.SmtpServer(options, services).StartAsync(stop);
    }

    public override async Task<SmtpResponse> SaveAsync(
        ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream(buffer.ToArray());
        using var message = await MimeMessage.LoadAsync(stream, cancellationToken);
        foreach (var to in message.To.Mailboxes)
            devices.Arrive(message.MessageId ?? "", to.Address, message.Subject ?? "", message.TextBody ?? "");
        return SmtpResponse.Ok;
    }
}
