namespace Hotline.Duty.Roster;

public enum TargetKind
{
    Person,
    Landline,
}

/// <summary>One way to reach a target.</summary>
/// <param name="Channel"><c>sms</c>, <c>voice</c>, <c>email</c> or <c>console</c>.</param>
/// <param name="Address">A number as it was typed, an e-mail address, or the account's id for the console. Never for a log.</param>
/// <param name="Verified">Whether the person proved by a code that messages arrive there; consoles and landlines need none.</param>
public sealed record Contact(Guid Id, string Channel, string Address, bool Verified)
{
    /// <summary>Without the address.</summary>
    public override string ToString() => $"{Channel} {Id}";
}

/// <summary>Whom a page goes to: an officer on duty, or the telephone of an office.</summary>
/// <param name="Id">The officer's account, or the landline.</param>
/// <param name="Alias">What records and other organisations call the target; never a name of a sector secret.</param>
/// <param name="Title">Duty title; null where none is kept.</param>
/// <param name="Unit"><c>central</c> or a province code: whose desk the target stands for.</param>
/// <param name="Contacts">Empty where a program may not ring (an old landline): then it is for the call sheet only.</param>
public sealed record Target(Guid Id, TargetKind Kind, string Alias, string? Title, string Unit, IReadOnlyList<Contact> Contacts)
{
    /// <summary>The officer's own choice of channels per urgency; an urgency without one means every channel.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Preferences { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>False for whom a person must ring.</summary>
    public bool CanBePagedOn(IReadOnlyList<string> channels) => Contacts.Any(contact => channels.Contains(contact.Channel));

    /// <summary>
    /// The contacts to use for a page, in the order of the step's channels. A preference narrows them, but never for P0,
    /// and never to nothing.
    /// </summary>
    public IReadOnlyList<Contact> ContactsFor(string urgency, IReadOnlyList<string> channels)
    {
        var asked = Of(channels);
        if (urgency == "P0" || !Preferences.TryGetValue(urgency, out var preferred))
            return asked;
        var narrowed = Of([.. channels.Where(preferred.Contains)]);
        return narrowed.Count > 0 ? narrowed : asked;
    }

    List<Contact> Of(IReadOnlyList<string> channels) => [.. channels.SelectMany(channel => Contacts.Where(contact => contact.Channel == channel))];
}
