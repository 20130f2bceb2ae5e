using System.Globalization;
using Hotline.Contracts;

namespace Hotline.Intake.Recommendations;

/// <summary>A victim or an accompanying minor, with the age on the day of the call.</summary>
/// <param name="Age">Completed years; null = not known, taken as an adult (A4).</param>
public sealed record Subject(Person Person, int? Age)
{
    public bool IsVictim => Person.Role == "victim";

    public bool IsMinor => Age < 18;
}

/// <summary>What is known beside the call itself.</summary>
/// <param name="KnownCase">The call is a further one about a case that has a file.</param>
/// <param name="File">The known case's file, where there is one.</param>
/// <param name="Holding">Agencies that hold an open referral of the case.</param>
/// <param name="FactFreeCalls">Calls without facts from the same number in the 60 minutes up to this one, itself included; 0 where it has facts.</param>
public sealed record CallContext(bool KnownCase, CaseFile? File, IReadOnlyList<string> Holding, int FactFreeCalls)
{
    public static CallContext None { get; } = new(false, null, [], 0);
}

/// <summary>
/// What the rules look at. A further call on a known case often says only what is new: what it leaves out is taken from
/// the case.
/// </summary>
public sealed class CallFacts
{
    readonly CallContext context;

    /// <param name="today">Stands in for <c>startedAt</c> where the call has none.</param>
    public CallFacts(Call call, CallContext context, DateTimeOffset today)
    {
        (Call, this.context) = (call, context);
        var day = DateOnly.FromDateTime((call.StartedAt ?? today).ToOffset(TimeSpan.FromHours(7)).DateTime);
        var own = Of(call.Persons, day);
        Subjects = own.Count > 0 ? own : Of(context.File?.Persons, day);
        Place = call.PlaceOfEvent?.Country is not null ? call.PlaceOfEvent : context.File?.PlaceOfEvent ?? call.PlaceOfEvent;
        Needs = call.Needs is { Count: > 0 } || own.Count > 0 ? call.Needs ?? [] : context.File?.Needs ?? [];
        Trafficking = IsCoded(call.Trafficking) || IsCoded(context.File?.Trafficking);
        Consent = new ConsentScope(call.Consent?.Given is null or "not-asked" && context.File?.Consent is { } earlier ? earlier : call.Consent, this);
    }

    public Call Call { get; }
    public IReadOnlyList<Subject> Subjects { get; }
    public PlaceOfEvent? Place { get; }
    public IReadOnlyList<string> Needs { get; }
    public bool Trafficking { get; }
    public ConsentScope Consent { get; }
    public bool Danger => Call.Safety?.CallerInImmediateDanger == true;
    public bool KnownCase => context.KnownCase;
    public int FactFreeCalls => context.FactFreeCalls;
    public IReadOnlyList<string> Holding => context.Holding;

    /// <summary>Set once the rules have decided it; later rules ask for it.</summary>
    public string Urgency { get; set; } = "";

    public IEnumerable<Subject> Victims => Subjects.Where(s => s.IsVictim);

    /// <summary>Whether a call says nothing about any person, place or offender (K4).</summary>
    public static bool IsFactFree(Call call) =>
        call.Disposition is "silent" or "dropped" && call is { Persons: null or { Count: 0 }, Complaint: null } && !IsCoded(call.Trafficking);

    /// <summary>Completed years on that day (A1); with a year of birth only, the younger of the two (A2).</summary>
    public static int? AgeOn(DateOnly day, Person person) => person switch
    {
        { BirthDate: { } born } => day.Year - born.Year - (day.Month < born.Month || day.Month == born.Month && day.Day < born.Day ? 1 : 0),
        { BirthYear: { } year } => day.Year - year - 1,
        _ => person.AgeApprox,
    };

    static List<Subject> Of(IReadOnlyList<Person>? persons, DateOnly day) =>
        [.. (persons ?? []).Where(p => p.Role is "victim" or "accompanying-minor").Select(p => new Subject(p, AgeOn(day, p)))];

    static bool IsCoded(Trafficking? codes) => codes is not null && (codes.Acts ?? []).Concat(codes.Means ?? []).Concat(codes.Purposes ?? []).Any();

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[facts of a call, {Subjects.Count} subjects]");
}
