using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline.Contracts;
using Jose;

namespace Hotline.Sealing.Tests;

/// <summary>Libraries of others, given the keys: Node's jose, and jose-jwt in C#.</summary>
public class When_jose_speaks_with_us
{
    readonly ThreeParties parties = new();

    [OneTimeTearDown]
    public void Remove() => parties.Dispose();

    [Test]
    public async Task Should_accept_what_node_signs_and_seals()
    {
        var mid = ThreeParties.NewId();
        var payload = Payload(mid);

        var answer = await Node.AskAsync(new JsonObject
        {
            ["command"] = "seal",
            ["payload"] = payload,
            ["signingKey"] = Node.PrivateKey(parties.SecretOf(ThreeParties.Hub, KeyUse.Signing)),
            ["receiverKey"] = Node.PublicKey(parties.KeyOf(ThreeParties.Police, KeyUse.Encryption)),
            ["mid"] = mid.ToString(),
            ["to"] = ThreeParties.Police,
        });
        var result = parties.EnvelopeOf(ThreeParties.Police)
            .Open(answer["body"]!.GetValue<string>(), mid, ThreeParties.Police, ThreeParties.Now);

        Assert.That(result, Is.TypeOf<OpenResult.Opened>(), result.ToString());
        var opened = (OpenResult.Opened)result;
        Assert.That(opened.Jws, Is.EqualTo(answer["jws"]!.GetValue<string>()));
        Assert.That(opened.Payload.Body.GetProperty("text").GetString(), Is.EqualTo("Gọi lại sau 21 giờ."));
        Assert.That((opened.Payload.Referral, opened.Payload.Epoch, opened.Payload.Seq), Is.EqualTo(((Guid?)mid, (int?)1, (long?)3)));
    }

    [Test]
    public async Task Should_be_opened_by_node()
    {
        var mid = ThreeParties.NewId();
        var hub = parties.EnvelopeOf(ThreeParties.Hub);
        var heading = ThreeParties.Heading(mid);
        var body = hub.Seal(hub.Sign(heading, ThreeParties.Note("Gọi lại sau 21 giờ.")), mid, ThreeParties.Police, ThreeParties.Now);

        var answer = await Node.AskAsync(new JsonObject
        {
            ["command"] = "open",
            ["body"] = body,
            ["receiverKey"] = Node.PrivateKey(parties.SecretOf(ThreeParties.Police, KeyUse.Encryption)),
            ["signingKey"] = Node.PublicKey(parties.KeyOf(ThreeParties.Hub, KeyUse.Signing)),
        });

        var payload = answer["payload"]!;
        Assert.Multiple(() =>
        {
            Assert.That(Names(answer["outer"]!), Is.EquivalentTo(new[] { "alg", "enc", "kid", "epk", "typ", "cty", "mid", "to" }));
            Assert.That(Names(answer["inner"]!), Is.EquivalentTo(new[] { "alg", "kid", "typ" }));
            Assert.That(Names(payload), Is.EquivalentTo(new[]
                { "v", "iss", "aud", "jti", "iat", "exp", "kind", "class", "referral", "epoch", "seq", "body", "pad" }));
            Assert.That(payload["jti"]!.GetValue<Guid>(), Is.EqualTo(mid));
            Assert.That(payload["iat"]!.GetValue<long>(), Is.EqualTo(heading.Iat.ToUnixTimeSeconds()));
            Assert.That(payload["body"]!["text"]!.GetValue<string>(), Is.EqualTo("Gọi lại sau 21 giờ."));
            Assert.That(answer["thumbprint"]!.GetValue<string>(), Is.EqualTo(parties.KeyOf(ThreeParties.Hub, KeyUse.Signing).Kid));
        });
    }

    [Test]
    public async Task Should_have_a_directory_that_node_can_verify()
    {
        var pin = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(parties.Path("directory"), DirectoryAuthor.PinFile)));

        var answer = await Node.AskAsync(new JsonObject { ["command"] = "directory", ["token"] = parties.Directory.Token, ["pin"] = pin });

        Assert.That(answer["header"]!["typ"]!.GetValue<string>(), Is.EqualTo("hotline+directory"));
        Assert.That(answer["payload"]!["version"]!.GetValue<int>(), Is.EqualTo(parties.Directory.Version));
    }

    [Test]
    public void Should_be_opened_by_jose_jwt()
    {
        var mid = ThreeParties.NewId();
        var hub = parties.EnvelopeOf(ThreeParties.Hub);
        var jws = hub.Sign(ThreeParties.Heading(mid), ThreeParties.Note("x"));
        var body = hub.Seal(jws, mid, ThreeParties.Police, ThreeParties.Now);

        var inner = JWT.Decode(body, Secret(ThreeParties.Police, KeyUse.Encryption), JweAlgorithm.ECDH_ES_A256KW, JweEncryption.A256GCM);
        var payload = JWT.Decode(inner, Public(ThreeParties.Hub, KeyUse.Signing), JwsAlgorithm.ES256);

        Assert.That(inner, Is.EqualTo(jws));
        Assert.That(JsonDocument.Parse(payload).RootElement.GetProperty("jti").GetGuid(), Is.EqualTo(mid));
    }

    [Test]
    public void Should_accept_what_jose_jwt_signs_and_seals()
    {
        var mid = ThreeParties.NewId();
        var jws = JWT.Encode(Payload(mid).ToJsonString(), Secret(ThreeParties.Hub, KeyUse.Signing), JwsAlgorithm.ES256,
            new Dictionary<string, object> { ["kid"] = parties.KeyOf(ThreeParties.Hub, KeyUse.Signing).Kid, ["typ"] = "hotline+jws" });
        var body = JWT.EncodeBytes(Encoding.ASCII.GetBytes(jws), Public(ThreeParties.Police, KeyUse.Encryption),
            JweAlgorithm.ECDH_ES_A256KW, JweEncryption.A256GCM, extraHeaders: new Dictionary<string, object>
            {
                ["kid"] = parties.KeyOf(ThreeParties.Police, KeyUse.Encryption).Kid,
                ["typ"] = "hotline+jwe",
                ["cty"] = "hotline+jws",
                ["mid"] = mid.ToString(),
                ["to"] = ThreeParties.Police,
            });

        var result = parties.EnvelopeOf(ThreeParties.Police).Open(body, mid, ThreeParties.Police, ThreeParties.Now);

        Assert.That(result, Is.TypeOf<OpenResult.Opened>(), result.ToString());
    }

    Jose.Jwk Secret(string party, KeyUse use)
    {
        var key = parties.SecretOf(party, use);
        return new Jose.Jwk(crv: "P-256", x: Base64UrlText.Encode(key.X), y: Base64UrlText.Encode(key.Y), d: Base64UrlText.Encode(key.D));
    }

    Jose.Jwk Public(string party, KeyUse use)
    {
        var key = parties.KeyOf(party, use);
        return new Jose.Jwk(crv: "P-256", x: key.X, y: key.Y);
    }

    static JsonObject Payload(Guid mid) => new()
    {
        ["v"] = 1,
        ["iss"] = ThreeParties.Hub,
        ["aud"] = ThreeParties.Police,
        ["jti"] = mid.ToString(),
        ["iat"] = ThreeParties.Now.ToUnixTimeSeconds(),
        ["exp"] = ThreeParties.Now.AddDays(30).ToUnixTimeSeconds(),
        ["kind"] = Kinds.NoteAdded,
        ["class"] = MessageClass.Live,
        ["referral"] = mid.ToString(),
        ["epoch"] = 1,
        ["seq"] = 3,
        ["body"] = new JsonObject { ["text"] = "Gọi lại sau 21 giờ." },
        ["pad"] = new string('0', 512),
    };

    static IEnumerable<string> Names(JsonNode node) => node.AsObject().Select(m => m.Key);
}
