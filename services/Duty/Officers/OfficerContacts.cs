using Hotline.Contracts;
using PhoneNumbers;

namespace Hotline.Duty.Officers;

/// <summary>How to reach an officer, as it is read and written.</summary>
public sealed record OfficerContacts
{
    public IReadOnlyList<WrittenContact>? Contacts { get; init; }
    public IReadOnlyList<Preference>? Preferences { get; init; }

    static readonly string[] Channels = ["sms", "voice", "email"];

    /// <summary>Null where nothing is wrong with it.</summary>
    public Refusal? Check()
    {
        foreach (var (i, contact) in (Contacts ?? []).Index())
        {
            if (contact.Channel is null || !Channels.Contains(contact.Channel))
                return Refusal.With("request.unknown-code", "at", $"/contacts/{i}/channel");
            if (string.IsNullOrWhiteSpace(contact.Address) || (contact.Channel == "email" && !IsEmail(contact.Address)))
                return Refusal.With("request.malformed", "at", $"/contacts/{i}/address");
        }
        foreach (var (i, preference) in (Preferences ?? []).Index())
            if (preference.Urgency is null || preference.Channels is not { Count: > 0 } channels || !channels.All(channel => channel == "console" || Channels.Contains(channel)))
                return Refusal.With("request.unknown-code", "at", $"/preferences/{i}/channels");
        return (Preferences ?? []).Select(preference => preference.Urgency).Distinct().Count() == (Preferences ?? []).Count
            ? null : Refusal.With("request.malformed", "at", "/preferences");
    }

    static bool IsEmail(string address) => MimeKit.MailboxAddress.TryParse(address, out var mailbox) && mailbox.Address.Contains('@', StringComparison.Ordinal);
}

/// <summary>One way to reach an officer. <see cref="Verified"/> and <see cref="Warning"/> are answers; a change ignores them.</summary>
public sealed record WrittenContact
{
    public Guid? Id { get; init; }
    [Max(10)] public string? Channel { get; init; }
    [Max(200)] public string? Address { get; init; }
    public bool? Verified { get; init; }

    /// <summary><c>number.unusual</c>: the library of telephone numbers does not know its form. Kept all the same.</summary>
    [Max(40)] public string? Warning { get; init; }

    /// <summary>Without the address.</summary>
    public override string ToString() => $"{Channel} {Id}";
}

/// <summary>Advice on telephone numbers. It never refuses: official ones such as 069.2348560 or 111 are unknown to the library.</summary>
static class NumberAdvice
{
    public static string? For(string channel, string address)
    {
        if (channel == "email")
            return null;
        var numbers = PhoneNumberUtil.GetInstance();
        try
        {
            return numbers.IsValidNumber(numbers.Parse(address, "VN")) ? null : "number.unusual";
        }
        catch (NumberParseException)
        {
            return "number.unusual";
        }
    }
}
