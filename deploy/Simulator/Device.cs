using System.Text.Json.Serialization;

namespace Hotline.Simulator;

/// <summary>How a gateway behaves; for rehearsing what goes wrong.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Behaviour>))]
public enum Behaviour
{
    /// <summary>Accepts, delivers, reports.</summary>
    Good,

    /// <summary>Answers 503.</summary>
    Down,

    /// <summary>Answers 200 with something that is no answer.</summary>
    Rubbish,

    /// <summary>Accepts and is never heard of again.</summary>
    Silent,

    /// <summary>Accepts, and reports that it could not be delivered.</summary>
    Undeliverable,
}

/// <summary>An SMS or a call, as the phone shows it.</summary>
/// <param name="Number">In order of arrival at the simulator, from 1.</param>
/// <param name="Id">The page's key: the same for each try.</param>
/// <param name="Copies">How often the gateway was asked for it; it arrives once.</param>
public sealed record PhoneMessage(
    int Number, Guid Id, string Gateway, string Party, string To, string Channel, string Text, DateTimeOffset At, int Copies, string ReportTo);

/// <summary>A message in the simulated mail server's only inbox.</summary>
public sealed record Mail(int Number, string MessageId, string To, string Subject, string Text, DateTimeOffset At);

/// <summary>What all phones and the inbox hold. Gone when the simulator ends.</summary>
public sealed class Devices(TimeProvider time)
{
    readonly Lock gate = new();
    readonly List<PhoneMessage> messages = [];
    readonly List<Mail> mails = [];
    int number;

    public IReadOnlyList<PhoneMessage> Messages
    {
        get { lock (gate) return [.. messages]; }
    }

    public IReadOnlyList<Mail> Mails
    {
        get { lock (gate) return [.. mails]; }
    }

    /// <summary>A second try under the same key at the same gateway reaches nobody twice.</summary>
    /// <returns>True when it is new.</returns>
    public bool Arrive(string gateway, string party, Guid id, string to, string channel, string text, string reportTo)
    {
        lock (gate)
        {
            var known = messages.FindIndex(m => m.Id == id && m.Gateway == gateway);
            if (known >= 0)
                messages[known] = messages[known] with { Copies = messages[known].Copies + 1 };
            else
                messages.Add(new PhoneMessage(++number, id, gateway, party, to, channel, text, time.GetUtcNow(), 1, reportTo));
            return known < 0;
        }
    }

    public void Arrive(string messageId, string to, string subject, string text)
    {
        lock (gate)
            mails.Add(new Mail(++number, messageId, to, subject, text, time.GetUtcNow()));
    }
}
