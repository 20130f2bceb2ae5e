using Hotline.Contracts;
using Hotline.Hosting.Referrals;

namespace Hotline.Scenarios.Tests.Decisions;

/// <summary>One referral between a hub and an agency, and a wire that loses, doubles and delays.</summary>
sealed class Interleaving(Side hub, Side agency)
{
    static readonly Officer Somebody = new("officer-1", "trực ban", "central", null);
    static readonly CaseFile File = new() { FileVersion = 1, Call = new CallSheet() };

    readonly List<SealedMessage> wire = [];

    public static readonly int Kinds = 15;

    public void Begin(Guid id, Guid keyId)
    {
        hub.Row = new ReferralRow
        {
            Id = id, KeyId = keyId, Peer = "police", Class = MessageClass.Exercise, State = ReferralState.Queued, Version = 1,
            SentEpoch = 0, SentSeq = 0, PeerEpoch = 0, PeerSeq = 0, FileVersion = 1,
        };
        hub.Write(Contracts.Kinds.ReferralSent, new ReferralSent
        {
            Reference = "CT-2026-000001", CaseCode = "MBN-2026-000001", Urgency = "P1", Desk = "central", Purpose = "rescue", Ground = "child",
            ReferredAt = Side.Now, File = File,
        });
    }

    /// <param name="kind">What happens, below <see cref="Kinds"/>.</param>
    /// <param name="which">To which message, where it happens to one.</param>
    public void Step(int kind, int which)
    {
        Collect();
        switch (kind)
        {
            case 0 or 1 or 2 when wire.Count > 0: Deliver(which % wire.Count, keep: false); break;
            case 3 when wire.Count > 0: Deliver(which % wire.Count, keep: true); break;
            case 4 when wire.Count > 0: wire.RemoveAt(which % wire.Count); break;
            case 5: hub.Resend(); break;
            case 6 when agency.Row is not null: agency.Resend(); break;
            case 7: Confirm(); break;
            case 8: Withdraw(lost: which % 2 == 0); break;
            case 9: Update(); break;
            case 10 when !hub.Row!.State.IsFinal(): hub.Write(Contracts.Kinds.RevocationRequested, new RevocationRequested("r", Side.Now)); break;
            case 11 when hub.Row!.State != ReferralState.Revoked: hub.Write(Contracts.Kinds.NoteAdded, new NoteAdded("n", Somebody, Side.Now)); break;
            case 12 when hub.Row!.State is ReferralState.Queued or ReferralState.Sent or ReferralState.Delivered: hub.Write(Contracts.Kinds.AnsweredByPhone, new AnsweredByPhone("p", null, null, Side.Now, "operator-1")); break;
            case 13 or 14 when agency.HasReferral: Act((ReferralCommand)((int)ReferralCommand.Acknowledge + which % 6)); break;
            default: break;
        }
    }

    /// <summary>The network is mended: nothing is lost any more, and everything without a receipt goes out again.</summary>
    public void End(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 50; round++)
        {
            Collect();
            while (wire.Count > 0)
            {
                Deliver(random.Next(wire.Count), keep: false);
                Collect();
            }
            if (hub.HasEveryReceipt && agency.HasEveryReceipt)
                return;
            hub.Resend();
            if (agency.Row is not null)
                agency.Resend();
        }
        throw new InvalidOperationException("The two sides never came to rest.");
    }

    void Collect()
    {
        foreach (var side in (Side[])[hub, agency])
        {
            wire.AddRange(side.Outgoing);
            side.Outgoing.Clear();
        }
    }

    void Deliver(int at, bool keep)
    {
        var message = wire[at];
        if (!keep)
            wire.RemoveAt(at);
        (message.To == Parties.Hub ? hub : agency).Receive(message);
    }

    void Confirm()
    {
        if (ReferralMoves.Decide(hub.Row!.State, ReferralCommand.Send, Side.Now) is Decision.Moved moved)
            hub.Row.State = moved.To;
    }

    /// <summary>The operator takes back what was never confirmed; perhaps only the confirm was lost.</summary>
    void Withdraw(bool lost)
    {
        if (ReferralMoves.Decide(hub.Row!.State, ReferralCommand.Withdraw, Side.Now) is not Decision.Moved moved)
            return;
        if (lost)
            wire.RemoveAll(m => m.To != Parties.Hub);
        hub.Row.State = moved.To;
        hub.Withdraw();
        hub.Write(Contracts.Kinds.RevocationRequested, new RevocationRequested("r", Side.Now));
    }

    void Update()
    {
        if (hub.Row!.State.IsFinal())
            return;
        hub.Row.FileVersion++;
        hub.Write(Contracts.Kinds.ReferralUpdated, new ReferralUpdated("P0", ["call"], File with { FileVersion = hub.Row.FileVersion }, Side.Now));
    }

    void Act(ReferralCommand command)
    {
        if (ReferralMoves.Decide(agency.Row!.State, command, Side.Now) is not Decision.Moved moved)
            return;
        var state = agency.Row.State = moved.To;
        switch (command)
        {
            case ReferralCommand.Acknowledge: agency.Write(Contracts.Kinds.ReferralAcknowledged, new ReferralAcknowledged(state, Somebody, Side.Now)); break;
            case ReferralCommand.Accept: agency.Write(Contracts.Kinds.ReferralAccepted, new ReferralAccepted(state, Somebody, Side.Now)); break;
            case ReferralCommand.Decline: agency.Write(Contracts.Kinds.ReferralDeclined, new ReferralDeclined(state, Somebody, Side.Now, "other", null, null)); break;
            case ReferralCommand.HandBack: agency.Write(Contracts.Kinds.ReferralHandedBack, new ReferralHandedBack(state, Somebody, Side.Now, "r")); break;
            case ReferralCommand.NoteProgress: agency.Write(Contracts.Kinds.ProgressNoted, new ProgressNoted(state, Somebody, Side.Now, "p")); break;
            case ReferralCommand.Close: agency.Write(Contracts.Kinds.ReferralClosed, new ReferralClosed(state, Somebody, Side.Now, "rescued", null)); break;
            default: throw new InvalidOperationException("Not an officer's command.");
        }
    }
}
