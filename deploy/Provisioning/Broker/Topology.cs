// The one source of what exists on the broker and who may touch it: `up`, the tests, the containers and
// definitions.json all come from here. What must stay true: a party can read and declare its own names only, and write
// to the hub only (the hub: to every inbox). Limits and dead-letter routes are policies, not queue arguments, so that
// they can change without deleting a queue, and so that what the hosts declare is what is here.
using System.Text.Json.Nodes;

namespace Hotline.Provisioning.Broker;

/// <summary>The broker's virtual host, exchanges, queues, policies and permissions for a set of parties.</summary>
/// <param name="Parties">The hub first, then the agencies.</param>
/// <param name="VirtualHost">One per installation.</param>
/// <param name="UserPrefix">Set where several installations live on one broker: its users are global.</param>
public sealed record Topology(IReadOnlyList<string> Parties, string VirtualHost = "hotline", string UserPrefix = "")
{
    const int MostMessages = 100_000;
    const long MostBytes = 256L * 1024 * 1024;
    const int MostDeliveries = 1000;

    public static Topology Standard { get; } = new([Contracts.Parties.Hub, "police", "border-guard", "womens-union", "child-protection"]);

    public static string Inbox(string party) => $"{party}.inbox";

    public static string DeadLetters(string party) => $"{party}.dead";

    public string UserOf(string party) => UserPrefix + party;

    /// <summary>Regular expressions of what a party's user may configure, write and read.</summary>
    public static (string Configure, string Write, string Read) Rights(string party) =>
        ($@"^{party}\.", party == Contracts.Parties.Hub ? @"^(intake\.|[a-z-]+\.inbox$)" : $@"^({party}\.|intake\.inbox$)", $@"^{party}\.");

    /// <summary>
    /// What RabbitMQ's <c>load_definitions</c> and its management interface take. The users have no password: they
    /// cannot sign in before one is set.
    /// </summary>
    public JsonObject Definitions(bool withUsers = true) => new()
    {
        ["vhosts"] = new JsonArray(new JsonObject { ["name"] = VirtualHost }),
        ["users"] = withUsers ? Each(party => new JsonObject
        {
            ["name"] = UserOf(party),
            ["password_hash"] = "",
            ["hashing_algorithm"] = "rabbit_password_hashing_sha256",
            ["tags"] = new JsonArray(),
        }) : new JsonArray(),
        ["permissions"] = withUsers ? Each(Permission) : new JsonArray(),
        ["exchanges"] = new JsonArray([.. Parties.SelectMany(party => (JsonNode[])[Exchange(Inbox(party)), Exchange(DeadLetters(party))])]),
        ["queues"] = new JsonArray([.. Parties.SelectMany(party => (JsonNode[])[Queue(Inbox(party)), Queue(DeadLetters(party))])]),
        ["bindings"] = new JsonArray([.. Parties.SelectMany(party => (JsonNode[])[Binding(Inbox(party)), Binding(DeadLetters(party))])]),
        ["policies"] = Each(Policy),
    };

    /// <summary>Body of <c>PUT /api/permissions/{vhost}/{user}</c>, with the names the definitions need as well.</summary>
    public JsonObject Permission(string party)
    {
        var (configure, write, read) = Rights(party);
        return new JsonObject
        {
            ["user"] = UserOf(party),
            ["vhost"] = VirtualHost,
            ["configure"] = configure,
            ["write"] = write,
            ["read"] = read,
        };
    }

    JsonObject Exchange(string name) => new()
    {
        ["name"] = name,
        ["vhost"] = VirtualHost,
        ["type"] = "fanout",
        ["durable"] = true,
        ["auto_delete"] = false,
        ["internal"] = false,
        ["arguments"] = new JsonObject(),
    };

    JsonObject Queue(string name) => new()
    {
        ["name"] = name,
        ["vhost"] = VirtualHost,
        ["durable"] = true,
        ["auto_delete"] = false,
        ["arguments"] = new JsonObject { ["x-queue-type"] = "quorum" },
    };

    JsonObject Binding(string name) => new()
    {
        ["source"] = name,
        ["vhost"] = VirtualHost,
        ["destination"] = name,
        ["destination_type"] = "queue",
        ["routing_key"] = "",
        ["arguments"] = new JsonObject(),
    };

    JsonObject Policy(string party) => new()
    {
        ["name"] = Inbox(party),
        ["vhost"] = VirtualHost,
        ["pattern"] = $@"^{party}\.inbox$",
        ["apply-to"] = "queues",
        ["priority"] = 1,
        ["definition"] = new JsonObject
        {
            ["max-length"] = MostMessages,
            ["max-length-bytes"] = MostBytes,
            // A full queue refuses: the sender keeps the message and sees it undelivered. Nothing is dropped.
            ["overflow"] = "reject-publish",
            ["dead-letter-exchange"] = DeadLetters(party),
            ["dead-letter-strategy"] = "at-least-once",
            ["delivery-limit"] = MostDeliveries,
        },
    };

    JsonArray Each(Func<string, JsonObject> make) => new([.. Parties.Select(make)]);
}
