using System.Text.Json;
using System.Text.Json.Serialization;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Hosting.Audit;

/// <summary>
/// One record of what was done: facts, times and pseudonyms, never content. It is written in the transaction of the change
/// that it records, or the change did not happen. Its leaf in the log (<see cref="AuditLeaf"/>) commits to all of it.
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

    /// <summary>SHA-256 of the sealed message, of a call that was completed the commitment to its content under its key; base64url.</summary>
    public string? Sha256 { get; init; }

    /// <summary>SHA-256 of the signed receipt (JWS), base64url.</summary>
    public string? Receipt { get; init; }

    /// <summary>A code, where the kind has one; for example why access was refused.</summary>
    public string? Code { get; init; }

    /// <summary>The data key whose destruction makes the leaf meaningless; null where the record is about no case.</summary>
    public Guid? Key { get; init; }

    /// <summary>About what this host keeps: a case at the hub, a referral at an agency.</summary>
    public static AuditRecord About(Party party, Guid subject, string kind, string actor, DateTimeOffset at, string? code = null) => new()
    {
        Kind = kind,
        At = at,
        Actor = actor,
        Case = party.IsHub ? subject : null,
        Referral = party.IsHub ? null : subject,
        Code = code,
    };

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    };

    /// <summary>The insert, to be part of the change's own batch.</summary>
    public NpgsqlBatchCommand Insert() =>
        Rows.Of("insert into audit.records (at, leaf) select * from unnest($1::timestamptz[], $2::text[])", At, ToText());

    /// <summary>As it is stored; the time stands beside it.</summary>
    public string ToText() => JsonSerializer.Serialize(new Stored(Kind, Actor, Case, Call, Referral, Jti, Sha256, Receipt, Code, Key), Json);

    /// <exception cref="JsonException">The row was changed to something else.</exception>
    public static AuditRecord Read(DateTimeOffset at, string text) =>
        JsonSerializer.Deserialize<Stored>(text, Json) is { Kind: not null, Actor: not null } stored ? stored.At(at) : throw new JsonException("No record.");

    sealed record Stored(string? Kind, string? Actor, Guid? Case, Guid? Call, Guid? Referral, Guid? Jti, string? Sha256, string? Receipt, string? Code, Guid? Key)
    {
        public AuditRecord At(DateTimeOffset at) => new()
        {
            Kind = Kind!,
            At = at,
            Actor = Actor!,
            Case = Case,
            Call = Call,
            Referral = Referral,
            Jti = Jti,
            Sha256 = Sha256,
            Receipt = Receipt,
            Code = Code,
            Key = Key,
        };
    }
}
