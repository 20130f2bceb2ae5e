using System.Globalization;
using Hotline.Contracts;
using Hotline.Hosting.Http;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Hotline.Console.Forms;

/// <summary>A form as a page shows it: empty, or as it was typed together with why it was refused.</summary>
/// <param name="Name">Tells the forms of a page apart.</param>
/// <param name="Key">Sent along, so that pressing twice changes once.</param>
/// <param name="Version">Of what the form changes; 0 = nothing yet.</param>
public sealed record FormState(string Name, Guid Key, long Version = 0, SentForm? Sent = null, Refusal? Refusal = null)
{
    public static FormState Fresh(string name, DateTimeOffset now, long version = 0) => new(name, Guid.CreateVersion7(now), version);

    /// <summary>The form that was refused where it is this one, else a fresh one. The version is always that of now: who saves after reading the refusal has seen it.</summary>
    public static FormState Of(string name, FormState? refused, DateTimeOffset now, long version = 0) =>
        refused?.Name == name ? refused with { Key = Guid.CreateVersion7(now), Version = version } : Fresh(name, now, version);

    /// <summary>Where the refusal points to, by JSON pointer; null where it names no field.</summary>
    public string? At => Refusal?.Details?.TryGetValue("at", out var at) == true ? at as string : null;

    public bool IsWrong(string at) => Refusal is not null && At == at;

    public string? Value(string at, object? stored) =>
        Sent is null ? Convert.ToString(stored, CultureInfo.InvariantCulture) : Sent.Typed.TryGetValue(at, out var typed) ? string.Join(", ", typed) : null;

    public bool Has(string at, string value, IEnumerable<string>? stored) =>
        Sent is null ? stored?.Contains(value) == true : Sent.Typed.TryGetValue(at, out var typed) && typed.Contains(value);

    /// <summary>How many rows there are to show.</summary>
    public int Rows(string at, int stored)
    {
        if (Sent is null)
            return stored;
        var rows = 0;
        while (Sent.Typed.Keys.Any(key => key.StartsWith($"{at}/{rows}/", StringComparison.Ordinal)))
            rows++;
        return rows;
    }

    /// <summary>Changes once, however often the form comes; null where it is done.</summary>
    public static async Task<Refusal?> OnceAsync(
        HttpContext http, NpgsqlDataSource database, SentForm sent, Func<IdempotencyKey?, Task<Refusal?>> change, CancellationToken cancel)
    {
        if (sent.Key is not { } id)
            return new Refusal("auth.antiforgery");
        Refusal? refusal = null;
        var result = await Idempotency.OnceAsync(http, database, id, System.Text.Encoding.UTF8.GetBytes(sent.Json.ToJsonString()), async key =>
        {
            refusal = await change(key);
            return refusal is null ? Results.NoContent() : Problems.Refuse(refusal);
        }, _ => Task.FromResult(Results.NoContent()), cancel);
        return result is IStatusCodeHttpResult { StatusCode: >= 400 } ? refusal ?? new Refusal("idempotency-key.reused") : null;
    }
}
