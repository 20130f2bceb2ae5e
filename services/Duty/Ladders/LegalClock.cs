using Hotline.Contracts;

namespace Hotline.Duty.Ladders;

/// <summary>A clock of the law: an alarm is raised before it passes. It is never moved, whatever happens (domain.md, "Urgency and default clocks").</summary>
public sealed record LegalClock
{
    public const string ChildAtSeriousRisk = "child-at-serious-risk";
    public const string CrimeReportTransfer = "crime-report-transfer";

    /// <summary>Goes before <see cref="CrimeReportTransfer"/> for the desks that it names.</summary>
    public const string CrimeReportTransferRemote = "crime-report-transfer-remote";
    public const string InitialVerification = "initial-verification";

    /// <summary>Those that the program knows; a party may write down others.</summary>
    public static IReadOnlyList<string> Names { get; } = [ChildAtSeriousRisk, CrimeReportTransfer, CrimeReportTransferRemote, InitialVerification];

    [Max(60)] public string? Name { get; init; }
    public TimeSpan? Within { get; init; }
    public TimeSpan? AlarmBefore { get; init; }

    /// <summary>Desks that it holds for (<c>central</c> or a province code); none named = all.</summary>
    public IReadOnlyList<string>? Units { get; init; }

    public bool HoldsFor(string unit) => Units is not { Count: > 0 } || Units.Contains(unit);
}
