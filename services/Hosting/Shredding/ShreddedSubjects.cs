using Npgsql;

namespace Hotline.Hosting.Shredding;

/// <summary>What shredding is about at this host: a case at the hub, a referral at an agency.</summary>
public sealed record ShreddedSubjects
{
    /// <summary>The data keys to destroy: those of the subject, and those that nothing else holds. Locks the subject. Null where there is none.</summary>
    public required Func<NpgsqlConnection, Guid, CancellationToken, Task<SubjectKeys?>> Keys { get; init; }

    /// <summary>Removes what is not sealed and still points at a person: blind indexes; and messages that would be sent again.</summary>
    public required Func<Guid, Guid[], IEnumerable<NpgsqlBatchCommand>> Wipe { get; init; }

    /// <summary>What people call the subject: the case's code, a reference.</summary>
    public required Func<NpgsqlConnection, Guid, CancellationToken, Task<string?>> Code { get; init; }

    /// <summary>Those of the subjects that the database holds and does not know as shredded: it came back from a backup.</summary>
    public required Func<NpgsqlConnection, Guid[], CancellationToken, Task<IReadOnlyList<Guid>>> Forgotten { get; init; }

    /// <summary>Subjects whose retention is over, with the kind of record; at most a hundred.</summary>
    public required Func<NpgsqlConnection, CancellationToken, Task<IReadOnlyList<DueSubject>>> Due { get; init; }
}

/// <param name="StillOpen">Work on it goes on: it may not be shredded.</param>
public sealed record SubjectKeys(Guid[] Keys, bool StillOpen);

/// <param name="Subject">The case, call or referral.</param>
/// <param name="Code">What people call it.</param>
/// <param name="Action"><c>shred</c> needs nobody (a prank call); <c>propose-shredding</c> waits for two persons.</param>
public sealed record DueSubject(Guid Subject, string Code, string RecordKind, string Action, Guid[] Keys);
