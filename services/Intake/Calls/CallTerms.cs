using Hotline.Contracts;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Calls;

/// <summary>
/// The terms that a call's persons are found by (R4): blind indexes, never a readable name. Must stay true: writing and
/// searching fold a name alike, or a known case is not found.
/// </summary>
public static class CallTerms
{
    enum Kind { FullName = 1, Word, BirthYear, Province }

    /// <summary>Written with the call; nothing is rewritten where no term has changed.</summary>
    public static NpgsqlBatchCommand Write(Guid callId, Call call, StorageKeys storage) => Sql.Command(
        """
        insert into call_terms (call_id, terms) values ($1, $2)
        on conflict (call_id) do update set terms = excluded.terms where call_terms.terms <> excluded.terms
        """, callId, Of(call, storage));

    /// <summary>The terms of a full name, for a person who is named again.</summary>
    public static int FullName(string name, StorageKeys storage) => Term(Kind.FullName, Text.Fold(name), storage);

    /// <summary>All that a searcher knows; the names' words in any order.</summary>
    public static int[] Search(string? name, int? birthYear, string? provinceCode, StorageKeys storage) =>
    [
        .. Words(name).Select(w => Term(Kind.Word, w, storage)),
        .. birthYear is { } year ? [Term(Kind.BirthYear, $"{year}", storage)] : Array.Empty<int>(),
        .. provinceCode is not null ? [Term(Kind.Province, provinceCode, storage)] : Array.Empty<int>(),
    ];

    /// <summary>The years that a person may be born in, as far as the call says.</summary>
    public static IEnumerable<int> BirthYears(Person person, Call call) => person switch
    {
        { BirthDate: { } date } => [date.Year],
        { BirthYear: { } year } => [year],
        { AgeApprox: { } age } when call.StartedAt is { } at => [at.Year - age, at.Year - age - 1],
        _ => [],
    };

    public static string[] Words(string? name) => Text.Fold(name).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    static int[] Of(Call call, StorageKeys storage)
    {
        var persons = call.Persons ?? [];
        var names = persons.Select(p => p.FullName).Append(call.CallerName).Where(n => Text.Fold(n).Length > 0).ToList();
        IEnumerable<int> terms =
        [
            .. names.Select(n => FullName(n!, storage)),
            .. names.SelectMany(Words).Select(w => Term(Kind.Word, w, storage)),
            .. persons.SelectMany(p => BirthYears(p, call)).Select(y => Term(Kind.BirthYear, $"{y}", storage)),
            .. call.PlaceOfEvent?.ProvinceCode is { } province ? [Term(Kind.Province, province, storage)] : Array.Empty<int>(),
        ];
        return [.. terms.Distinct().Order()];
    }

    // The kind stands above the 24 bits that an index may have, so that a year is never taken for a word.
    static int Term(Kind kind, string value, StorageKeys storage) => ((int)kind << 24) | storage.BlindIndex(value, $"term-{kind}");
}
