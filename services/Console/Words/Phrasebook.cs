using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Hotline.Contracts;
using Microsoft.AspNetCore.Http;

namespace Hotline.Console.Words;

/// <summary>The words of one page, in the language of its reader: Vietnamese unless the cookie says English.</summary>
[SuppressMessage("Performance", "CA1822", Justification = "A page has one object for all of its words, times among them.")]
public sealed class Phrasebook(WordList words, IHttpContextAccessor request)
{
    public const string Cookie = "hotline-language";
    static readonly TimeZoneInfo VietNam = TimeZoneInfo.FindSystemTimeZoneById("Asia/Ho_Chi_Minh");
    // Into an attribute, where Razor escapes it: no need to do so twice.
    static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };
    static readonly CultureInfo Vietnamese = CultureInfo.GetCultureInfo("vi-VN");
    static readonly CultureInfo English = CultureInfo.GetCultureInfo("en-GB");

    public bool InEnglish { get; } = request.HttpContext?.Request.Cookies[Cookie] == "en";

    /// <summary>For <c>lang</c>.</summary>
    public string Language => InEnglish ? "en" : "vi";

    /// <exception cref="KeyNotFoundException">No such text: a bug.</exception>
    public string this[string name] => InEnglish ? words[name].En : words[name].Vi;

    public string this[string name, params object?[] values] => string.Format(CultureInfo.InvariantCulture, this[name], values);

    /// <summary>The texts that scripts show, by their names, as JSON.</summary>
    public string ForScripts() => JsonSerializer.Serialize(
        words.All.Where(w => w.Key.StartsWith("script.", StringComparison.Ordinal))
            .ToDictionary(w => w.Key["script.".Length..], w => InEnglish ? w.Value.En : w.Value.Vi), Readable);

    public bool Has(string name) => words.Has(name);

    /// <summary>One of two.</summary>
    public string Of(string vi, string en) => InEnglish ? en : vi;

    /// <summary>The words of a code; the code itself where its list does not know it.</summary>
    public string Code(string list, string? code) => code is null ? string.Empty
        : CodeList.Of(list).Find(code) is { } found ? Of(found.Vi, found.En) : code;

    /// <summary>Why something was not done, in words.</summary>
    public string Refused(Refusal refusal) =>
        refusal.Code == "request.too-long" && refusal.Details?["max"] is { } max ? this["form.refused.too-long", max]
        : Has($"form.refused.{refusal.Code}") ? this[$"form.refused.{refusal.Code}"] : this["form.refused.other", refusal.Code];

    /// <summary>With a capital, where it begins a line.</summary>
    public string Begin(string text) => text.Length == 0 ? text : char.ToUpper(text[0], InEnglish ? English : Vietnamese) + text[1..];

    /// <summary>21:04:07 in Viet Nam.</summary>
    public string Time(DateTimeOffset at) => Local(at).ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>18/06/2026 21:04.</summary>
    public string DateTime(DateTimeOffset at) => Local(at).ToString("dd/MM/yyyy HH:mm", CultureInfo.InvariantCulture);

    /// <summary>The time alone where it is of today, else with its day.</summary>
    public string When(DateTimeOffset at, DateTimeOffset now) => Local(at).Date == Local(now).Date
        ? Time(at) : Local(at).ToString("dd/MM HH:mm", CultureInfo.InvariantCulture);

    /// <summary>Thứ Năm 18/06/2026.</summary>
    public string Day(DateTimeOffset at)
    {
        var culture = InEnglish ? English : Vietnamese;
        return Begin(Local(at).ToString("dddd dd'/'MM'/'yyyy", culture));
    }

    public static DateTimeOffset Local(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, VietNam);
}
