using System.Text.Json;
using System.Text.Json.Serialization;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Hosting.Audit;

/// <summary>
/// One leaf of the append-only record (audit.md): facts, times and pseudonyms, never content. It is written in the
/// transaction of the change that it records, or the change did not happen.
/// </summary>
public sealed record AuditRecord
{
    public required string Kind { get; init; }

    /// <summary>The database's clock, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Pseudonym of the account, or the party for what no person did.</summary>
    public required string Actor { get; init; }
    public Guid? Case { get; init; }
    public Guid? Call { get; init; }
    public Guid? Referral { get; init; }
    public Guid? Jti { get; init; }

    /// <summary>SHA-256 of the sealed message, base64url.</summary>
    public string? Sha256 { get; init; }

    /// <summary>A code, where the kind has one; for example why access was refused.</summary>
    public string? Code { get; init; }

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The insert, to be part of the change's own batch.</summary>
    public NpgsqlBatchCommand Insert() =>
        Rows.Of("insert into audit.records (at, leaf) select * from unnest($1::timestamptz[], $2::text[])", At, JsonSerializer.Serialize(this, Json));
}
