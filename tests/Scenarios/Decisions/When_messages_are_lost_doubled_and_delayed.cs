using CsCheck;
using Hotline.Contracts;
using Hotline.Duty.Escalations;
using Hotline.Handling.Inbox;
using Hotline.Handling.Profiles;
using Hotline.Handling.Referrals;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Hotline.Intake.Referrals;
using Hotline.Sealing;
using Hotline.Testing.Running;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NUnit.Framework;

namespace Hotline.Scenarios.Tests.Decisions;

/// <summary>
/// protocol.md, "States": both sides end equal, whatever the order and however often each message arrives. The
/// decisions, signatures and envelopes are the production ones; only the databases and the wire are played.
/// </summary>
public sealed class When_messages_are_lost_doubled_and_delayed
{
    string folder = null!;
    Envelope hub = null!;
    Envelope police = null!;
    StorageKeys storage = null!;

    [OneTimeSetUp]
    public void MakeKeys()
    {
        folder = Directory.CreateTempSubdirectory("hotline-keys-").FullName;
        var author = DirectoryAuthor.Create(folder, "exercise", Side.Now.AddDays(-1));
        foreach (var party in (string[])[Parties.Hub, "police"])
            author.AddParty(party, Path.Combine(folder, party), Side.Now.AddDays(-1));
        (hub, police) = (EnvelopeOf(Parties.Hub), EnvelopeOf("police"));
        StorageKeys.Create(Path.Combine(folder, Parties.Hub));
        storage = StorageKeys.Load(Path.Combine(folder, Parties.Hub));

        Envelope EnvelopeOf(string party) => new(party, PartyKeys.Load(Path.Combine(folder, party)), author.Current);
    }

    [OneTimeTearDown]
    public void Forget() => Directory.Delete(folder, recursive: true);

    [Test, Category(Scale.Category)]
    public void Should_end_equal_on_both_sides() =>
        Gen.Select(Gen.Select(Gen.Int[0, Interleaving.Kinds - 1], Gen.Int[0, 999]).List[1, 60], Gen.Int[0, int.MaxValue])
            .Sample((steps, seed) =>
            {
                var (atHub, atAgency) = (new Side(Parties.Hub, new HubParty(), hub, storage, new OutboxBodies(TimeProvider.System)), new Side("police", Agency(), police, storage, new OutboxBodies(TimeProvider.System)));
                var world = new Interleaving(atHub, atAgency);

                world.Begin(Guid.CreateVersion7(Side.Now), Guid.CreateVersion7(Side.Now));
                foreach (var (kind, which) in steps)
                    world.Step(kind, which);
                world.End(seed);

                AreEqual(atHub, atAgency);
            }, iter: Scale.Of(150));

    static void AreEqual(Side hub, Side agency)
    {
        // Thrown, not asserted: the samples run on several threads, and NUnit collects assertions per test.
        if (agency.Row is null || hub.Row!.State != agency.Row.State)
            throw new InvalidOperationException($"The two sides show different states: {hub.Row!.State} and {agency.Row?.State}.");
        if (hub.Owed.Except(agency.Taken).Any() || agency.Owed.Except(hub.Taken).Any())
            throw new InvalidOperationException("A message had no effect.");
        if (hub.Effects != hub.Taken.Count || agency.Effects != agency.Taken.Count)
            throw new InvalidOperationException("A message had two effects.");
        if (agency.Row.State != ReferralState.Revoked && agency.Row.FileVersion != hub.Row.FileVersion)
            throw new InvalidOperationException("The agency has another file.");
    }

    static AgencyParty Agency()
    {
        var profile = new AgencyProfile
        {
            Name = "police",
            NameVi = "Công an",
            NameEn = "Police",
            DiscloseOfficers = false,
            AcknowledgeWithin = new Dictionary<string, TimeSpan> { ["P0"] = TimeSpan.FromMinutes(5) },
        };
        // Never started, never asked: the standard clocks.
        var nowhere = NpgsqlDataSource.Create("Host=nowhere");
        var deadlines = new Deadlines(nowhere, new DatabaseClock(nowhere, TimeProvider.System), TimeProvider.System, NullLogger<Deadlines>.Instance);
        return new AgencyParty(profile, deadlines, new PartyState(), new EscalationSignal());
    }
}
