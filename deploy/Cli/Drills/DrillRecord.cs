using System.Collections.Concurrent;

namespace Hotline.Cli.Drills;

/// <summary>A referral that the drill made, and what became of it. Its states and times are the hub's.</summary>
sealed class DrillReferral
{
    public required Guid Id { get; init; }
    public required string Call { get; init; }
    public required string Reference { get; init; }
    public required string Agency { get; init; }
    public required string Urgency { get; set; }
    public required Fate Fate { get; init; }
    public required DrillCase Case { get; init; }

    /// <summary>What was sent, by version of the file.</summary>
    public ConcurrentDictionary<int, SentFile> Files { get; } = new();

    public string State { get; set; } = "queued";
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? DeliveredAt { get; set; }
    public DateTimeOffset? AcknowledgedAt { get; set; }

    /// <summary>The newest version that an officer opened and found as it was sent; 0 = none.</summary>
    public int Compared { get; set; }

    public bool IsFinal => State is "declined" or "closed" or "revoked";

    public bool IsAnswered => IsFinal || State is "acknowledged" or "accepted";
}

/// <summary>A case that the drill opened.</summary>
sealed class DrillCase
{
    public required Guid Id { get; init; }
    public required string Code { get; init; }

    /// <summary>Its calls so far, oldest first, as the hotline has them.</summary>
    public required IReadOnlyList<DrillCall> Calls { get; set; }

    /// <summary>The newest referral to each agency.</summary>
    public Dictionary<string, DrillReferral> Referrals { get; } = [];

    /// <summary>Set when the file holds no further call: officers end nothing before that.</summary>
    public TaskCompletionSource LastCall { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Everything that happened so far. Written by the operator and the officers, read by the screen.</summary>
sealed class DrillRecord
{
    int logged;
    int updates;

    public ConcurrentQueue<DrillReferral> Referrals { get; } = new();

    public ConcurrentQueue<DrillCase> Cases { get; } = new();

    /// <summary>Why the drill did not pass; codes and ids only.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    /// <summary>What was noteworthy and no fault.</summary>
    public ConcurrentQueue<string> Remarks { get; } = new();

    /// <summary>Referrals that nobody answers for, as the hub shows them.</summary>
    public IReadOnlyList<Climb> Climbs { get; set; } = [];

    public int Logged => logged;

    public int Updates => updates;

    public void CountCall() => Interlocked.Increment(ref logged);

    public void CountUpdate() => Interlocked.Increment(ref updates);
}
