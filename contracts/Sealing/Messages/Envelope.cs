// Signs, seals and opens every message between the parties. What must stay true: nothing of a message is returned as
// Opened before all conditions of protocol.md hold, and each refusal has its code. Otherwise somebody without a key could
// put a case into an agency's inbox, or read one.
using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hotline.Contracts;

namespace Hotline.Sealing;

/// <summary>One party's way to sign, seal and open messages (protocol.md, "Sealed message"). Safe for use by several threads.</summary>
public sealed class Envelope
{
    /// <summary>How far ahead an <c>iat</c> may lie before the message is held: not at all.</summary>
    public static readonly TimeSpan ClockLeeway = TimeSpan.Zero;

    readonly string party;
    readonly PartyKeys keys;
    readonly Lock adopting = new();
    volatile KeyDirectory directory;

    /// <param name="party">The party that signs and opens here.</param>
    public Envelope(string party, PartyKeys keys, KeyDirectory directory) =>
        (this.party, this.keys, this.directory) = (party, keys, directory);

    /// <summary>The key directory in use.</summary>
    public KeyDirectory Directory => directory;

    /// <summary>Takes a newer directory into use at once. The same one again is fine.</summary>
    /// <param name="code"><c>older-directory</c>, <c>conflicting-directory</c> (same version, other content) or <c>wrong-environment</c>.</param>
    public bool TryAdopt(KeyDirectory newer, out string? code)
    {
        lock (adopting)
        {
            code = newer.Environment != directory.Environment ? SealingCodes.WrongEnvironment
                : newer.Version < directory.Version ? SealingCodes.OlderDirectory
                : newer.Version == directory.Version && !SameContent(newer, directory) ? SealingCodes.ConflictingDirectory
                : null;
            if (code is null)
                directory = newer;
            return code is null;
        }
    }

    /// <summary>As <see cref="TryAdopt(KeyDirectory, out string?)"/>, and refuses a directory that has itself expired.</summary>
    /// <param name="now">The database's clock.</param>
    /// <param name="code">Also <c>expired-directory</c>.</param>
    public bool TryAdopt(KeyDirectory newer, DateTimeOffset now, out string? code)
    {
        code = SealingCodes.ExpiredDirectory;
        return newer.Expires > now && TryAdopt(newer, out code);
    }

    /// <returns>Compact JWS, padded.</returns>
    /// <exception cref="SealingException"><c>no-signing-key</c>, <c>too-large</c>, <c>too-deep</c>.</exception>
    public string Sign(MessagePayload payload)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        Write(() => PayloadForm.WriteOpen(output, payload));
        return Finish(output, DateTimeOffset.FromUnixTimeSeconds(payload.Iat));
    }

    /// <summary>Signs a typed body, written with <see cref="Wire.Json"/>.</summary>
    /// <inheritdoc cref="Sign(MessagePayload)"/>
    public string Sign<TBody>(MessageHeading heading, TBody body)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        Write(() => PayloadForm.WriteOpen(output, heading, body));
        return Finish(output, heading.Iat);
    }

    /// <summary>Seals a signed message for the receiver's active encryption key. Twice the same message gives two different texts.</summary>
    /// <param name="mid">Equals the message's <c>jti</c>.</param>
    /// <param name="to">Equals the message's <c>aud</c>.</param>
    /// <param name="now">The database's clock; chooses the key.</param>
    /// <returns>Compact JWE.</returns>
    /// <exception cref="SealingException"><c>no-receiver-key</c>, <c>too-large</c>.</exception>
    public string Seal(string jws, Guid mid, string to, DateTimeOffset now)
    {
        var receiver = directory.ActiveKey(to, KeyUse.Encryption, now) ?? throw new SealingException(SealingCodes.NoReceiverKey, to);
        if (jws.Length > Suite.LargestSigned)
            throw new SealingException(SealingCodes.TooLarge);
        return Jwe.Seal(Encoding.ASCII.GetBytes(jws), receiver, mid, to);
    }

    /// <summary>Opens a message that arrived. Never throws for what is in it; changes nothing.</summary>
    /// <param name="body">The JWE as received.</param>
    /// <param name="messageId"><see cref="SealedMessage.MessageId"/>.</param>
    /// <param name="to"><see cref="SealedMessage.To"/>.</param>
    /// <param name="now">The database's clock.</param>
    public OpenResult Open(string body, Guid messageId, string to, DateTimeOffset now)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var opening = new Opening(party, keys, directory, SHA256.HashData(bytes));
        return opening.Open(bytes, messageId, to, now);
    }

    static bool SameContent(KeyDirectory a, KeyDirectory b) => a.Content.ToJson().AsSpan().SequenceEqual(b.Content.ToJson());

    static void Write(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is InvalidOperationException or JsonException)
        {
            // The writer's own message can quote content; it goes no further.
            throw new SealingException(SealingCodes.TooDeep);
        }
    }

    string Finish(ArrayBufferWriter<byte> payload, DateTimeOffset iat)
    {
        var key = directory.ActiveKey(party, KeyUse.Signing, iat) is { } active ? keys.FindOrReload(active.Kid) : null;
        if (key is null)
            throw new SealingException(SealingCodes.NoSigningKey, party);
        Padding.WriteEnd(payload, key);
        return Jws.Sign(payload.WrittenSpan, key);
    }
}
