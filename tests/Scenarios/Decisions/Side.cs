using Hotline.Contracts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Referrals;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Scenarios.Tests.Decisions;

/// <summary>
/// One party with its production decisions, signatures and envelopes, and memory in place of its database: what the
/// inbox, the outbox and the sent messages hold about one referral.
/// </summary>
sealed class Side(string name, IReferralParty party, Envelope envelope, StorageKeys storage, OutboxBodies bodies)
{
    /// <summary>One instant for all: the order of things must not hang on a clock.</summary>
    public static readonly DateTimeOffset Now = new(2026, 6, 18, 12, 0, 0, TimeSpan.Zero);

    sealed class Sent(string kind, string jws)
    {
        public string Kind => kind;
        public string Jws => jws;
        public bool Receipted { get; set; }
        public bool Withdrawn { get; set; }
    }

    readonly Post post = new(
        new Party(name, MessageClass.Exercise), new PartyState(), envelope, bodies,
        new CosignedHead(new Party(name, MessageClass.Exercise), envelope), TimeProvider.System);
    readonly DataKey key = storage.NewDataKey(Guid.CreateVersion7(Now));
    readonly Dictionary<Guid, Sent> sent = [];
    readonly Dictionary<Guid, string> receipts = [];

    public ReferralRow? Row { get; set; }

    /// <summary>What the broker was given, in order.</summary>
    public List<SealedMessage> Outgoing { get; } = [];

    /// <summary>Whether the referral itself is there, so that officers see it.</summary>
    public bool HasReferral { get; private set; }

    /// <summary>How often a message took effect.</summary>
    public int Effects { get; private set; }

    /// <summary>Messages that took effect.</summary>
    public IReadOnlyCollection<Guid> Taken => receipts.Keys;

    /// <summary>Messages that the peer must have.</summary>
    public IReadOnlyCollection<Guid> Owed => [.. sent.Where(s => !s.Value.Withdrawn).Select(s => s.Key)];

    public bool HasEveryReceipt => sent.Values.All(s => s.Receipted || s.Withdrawn);

    public void Write<TBody>(string kind, TBody body)
    {
        var batch = new List<NpgsqlBatchCommand>();
        post.Write(Row!, key, kind, body, Now, batch);
        Keep(batch);
    }

    /// <summary>No receipt: everything goes out again, sealed anew.</summary>
    public void Resend()
    {
        foreach (var (jti, message) in sent.Where(s => !s.Value.Receipted && !s.Value.Withdrawn))
            Outgoing.Add(new SealedMessage(jti, Row!.Peer, envelope.Seal(message.Jws, jti, Row.Peer, Now)));
    }

    /// <summary>As never sent. Whether it was is another question.</summary>
    public void Withdraw()
    {
        foreach (var message in sent.Values.Where(s => !s.Receipted))
            message.Withdrawn = true;
    }

    /// <summary>What <see cref="Receiver"/> and <see cref="Inbox"/> do, in their order.</summary>
    public void Receive(SealedMessage message)
    {
        if (envelope.Open(message.Body, message.MessageId, message.To, Now) is not OpenResult.Opened opened)
            throw new InvalidOperationException("A good message was not opened.");
        var body = Received.ReadBody(opened.Payload) ?? throw new InvalidOperationException("A good body was not read.");
        var batch = new List<NpgsqlBatchCommand>();
        if (body is ReceiptDelivered receipt)
            TakeReceipt(receipt, new Received(opened.Payload, opened.Jws, opened.BodySha256, body, null), batch);
        else if (receipts.TryGetValue(opened.Payload.Jti, out var stored))
            batch.Add(post.SendReceipt(stored, opened.Payload.Iss, opened.Payload.Jti, opened.Payload.Referral, Now));
        else
            Take(opened, body, batch);
        Keep(batch);
    }

    void TakeReceipt(ReceiptDelivered receipt, Received received, List<NpgsqlBatchCommand> batch)
    {
        var about = sent[receipt.Jti];
        if (about.Receipted)
            return;
        party.Delivered(about.Kind, received, new Effects(post, key, Row, Now, batch));
        (about.Receipted, about.Withdrawn) = (true, false);
    }

    void Take(OpenResult.Opened opened, object body, List<NpgsqlBatchCommand> batch)
    {
        var receipt = post.SignReceipt(opened.Payload, opened.BodySha256, Now);
        var effects = new Effects(post, key, Row, Now, batch);
        if (party.Receive(new Received(opened.Payload, opened.Jws, opened.BodySha256, body, receipt), effects) is { } code)
            throw new InvalidOperationException($"A good message was rejected: {code}");
        Row = effects.Row;
        Effects++;
        HasReferral |= body is ReferralSent;
        receipts[opened.Payload.Jti] = receipt;
        batch.Add(post.SendReceipt(receipt, opened.Payload.Iss, opened.Payload.Jti, opened.Payload.Referral, Now));
    }

    /// <summary>Reads back what a transaction would have written to the outbox and the sent messages.</summary>
    void Keep(List<NpgsqlBatchCommand> batch)
    {
        foreach (var command in batch)
        {
            if (command.CommandText.Contains("set withdrawn_at = null, next_send_at", StringComparison.Ordinal))
                foreach (var message in sent.Values)
                    message.Withdrawn = false;
            if (command.CommandText.Contains("insert into sent_messages", StringComparison.Ordinal))
            {
                var jti = Value<Guid?>(command, 0)!.Value;
                sent[jti] = new Sent(Value<string>(command, 2), key.OpenSigned(Value<byte[]>(command, 7), SentMessages.Cell(jti)));
            }
            if (command.CommandText.Contains("insert into outbox", StringComparison.Ordinal))
                Outgoing.Add(new SealedMessage(Value<Guid?>(command, 0)!.Value, Value<string>(command, 1), BodyOf(command)));
        }
    }

    /// <summary>Where the row has none, it is at hand.</summary>
    string BodyOf(NpgsqlBatchCommand command)
    {
        var id = Value<Guid?>(command, 0)!.Value;
        var body = Value<string?>(command, 5) ?? bodies.Find(id)!;
        bodies.Forget([id]);
        return body;
    }

    /// <summary>Hot statements take arrays, here of one row.</summary>
    static T Value<T>(NpgsqlBatchCommand command, int place) => ((T[])command.Parameters[place].Value!)[0];
}
