using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace Hotline.Simulator;

/// <summary>What each phone got, newest first, and the inbox; it looks again every two seconds.</summary>
static class DevicesPage
{
    public static string Write(Devices devices)
    {
        var html = new StringBuilder(
            """
            <!doctype html><html lang="vi"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>Mô phỏng điện thoại</title>
            <style>body{font:15px system-ui;margin:1.5rem;background:#f4f5f7}main{display:flex;flex-wrap:wrap;gap:1rem}
            section{background:#fff;border:1px solid #d5d9e0;border-radius:12px;padding:1rem;width:22rem}h2{font-size:1rem;margin:0 0 .5rem}
            p{margin:.4rem 0;padding:.5rem;background:#eef4ff;border-radius:8px;overflow-wrap:anywhere}p.voice{background:#fff3e0}small{color:#5a6270}
            form{display:inline}</style></head><body><h1>Mô phỏng: không gửi đến ai</h1><main>
            """);
        foreach (var phone in devices.Messages.GroupBy(m => m.To).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            html.Append(CultureInfo.InvariantCulture, $"<section><h2>☎ {Text(phone.Key)}</h2>");
            foreach (var message in phone.OrderByDescending(m => m.Number))
                html.Append(CultureInfo.InvariantCulture, $"<p class=\"{Text(message.Channel)}\"><small>{message.At:HH:mm:ss} · {Text(message.Channel)} · {Text(message.Gateway)} · {Text(message.Party)}</small><br>{Text(message.Text)}{Key(message)}</p>");
            html.Append("</section>");
        }
        html.Append("<section><h2>✉ Hộp thư</h2>");
        foreach (var mail in devices.Mails.OrderByDescending(m => m.Number))
            html.Append(CultureInfo.InvariantCulture, $"<p><small>{mail.At:HH:mm:ss} · {Text(mail.To)}</small><br><b>{Text(mail.Subject)}</b><br>{Text(mail.Text)}</p>");
        return html.Append("</section></main></body></html>").ToString();
    }

    static string Key(PhoneMessage message) => message.Channel != "voice" ? "" :
        string.Create(CultureInfo.InvariantCulture, $" <form method=\"post\" action=\"/messages/{message.Number}/keys/1\"><button>Bấm phím 1</button></form>");

    static string Text(string text) => HtmlEncoder.Default.Encode(text);
}
