using Hotline.Contracts;
using Hotline.Sealing;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Hotline.Transparency;
using NUnit.Framework;

namespace Hotline.Scenarios.Tests;

/// <summary>Whoever has the hub's keys shows one log to the police and another to the women's union, at the same time. Both agencies run.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class When_a_log_shows_two_faces
{
    static readonly string[] Agencies = ["police", "womens-union"];

    RunningHotline hotline = null!;
    readonly Dictionary<string, SignedNote> faces = [];

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync(Agencies);
        var operators = await hotline.AsOperator();
        foreach (var agency in Agencies)
            await operators.SeesStateAsync(await operators.ReferNewAsync(agency), "delivered");
        await Eventually.IsTrueAsync("the hub's log is cosigned to its end", async () => await hotline.ScalarAsync<bool>(
            "intake", "select count(*) = 2 from audit.cosignatures where size = (select count(*) from audit.leaves) and size = (select count(*) from audit.records)"));
        await hotline.Hosts["intake"].StopAsync();
        await ForkAsync();
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    /// <summary>No agency alone can know: each face contains all that it has seen.</summary>
    [Test, Order(1)]
    public async Task Should_be_cosigned_by_each_agency_that_sees_one_face()
    {
        foreach (var agency in Agencies)
        {
            var root = Checkpoint.TryParse(faces[agency].Text)!.Root;
            await Eventually.IsTrueAsync($"{agency} has cosigned its face", async () =>
                await hotline.ScalarAsync<bool>(agency, "select exists (select from audit.witness_heads where root = $1)", root));
        }
        Assert.That(await ProofsAsync("police") + await ProofsAsync("womens-union"), Is.Zero);
    }

    /// <summary>The checkpoint that travels in every receipt gives it away.</summary>
    [Test, Order(2)]
    public async Task Should_show_within_one_message_that_brings_the_other_face()
    {
        var now = await hotline.Installation.NowAsync();
        await using var hub = await PartyVoice.OfAsync(hotline.Installation, "intake");
        await hub.PublishAsync(hub.Write(
            "police", Kinds.ReceiptDelivered, new ReceiptDelivered(Guid.CreateVersion7(now), Digest.Text(Digest.Of("x")), faces["womens-union"].ToString()), null, null, now));

        await IsFoundAsync("police", WitnessRules.Fork);
        Assert.That(await hotline.ScalarAsync<bool>("police", "select exists (select from audit.evidence where held = $1 and presented = $2)",
            faces["police"].ToString(), faces["womens-union"].ToString()), "both signed heads are kept");
    }

    /// <summary>The honest log goes on: what it asks to have cosigned contradicts both faces.</summary>
    [Test, Order(3)]
    public async Task Should_show_to_both_agencies_in_the_next_round()
    {
        await hotline.Hosts["intake"].StartAsync();
        await (await hotline.AsOperator()).ReferNewAsync("police", "P0");

        foreach (var agency in Agencies)
            await IsFoundAsync(agency, WitnessRules.Fork, WitnessRules.Inconsistent, WitnessRules.Rollback);
        await Eventually.IsTrueAsync("the supervisor's board has the alarm of both", async () => await hotline.ScalarAsync<long>(
            "intake", "select count(distinct party) from alarms where code like 'log.%' and cleared_at is null") == 2);
    }

    /// <summary>Two logs that go on from all that was cosigned, each by one more leaf, each shown to one agency.</summary>
    async Task ForkAsync()
    {
        var hashes = (await hotline.ScalarAsync<byte[][]>("intake", "select array_agg(hash order by index) from audit.leaves"))!;
        var key = LogKey.Load(Path.Combine(hotline.Installation.Parties["intake"].Settings.KeyFolder, LogKey.LogFile));
        var now = await hotline.Installation.NowAsync();
        await using var hub = await PartyVoice.OfAsync(hotline.Installation, "intake");
        foreach (var agency in Agencies)
        {
            var seen = await hotline.ScalarAsync<long>(agency, "select size from audit.witness_heads where origin = 'intake/1' order by id desc limit 1");
            var (tree, stored) = (new Frontier(), new Dictionary<SubtreeRoot, byte[]>());
            foreach (var hash in hashes.Append(MerkleTree.Leaf(System.Text.Encoding.UTF8.GetBytes($"only {agency} sees this"))))
            {
                stored[new SubtreeRoot(0, tree.Size)] = hash;
                tree.Append(hash, (place, root) => stored[place] = root);
            }
            var head = new Checkpoint("intake/1", tree.Size, tree.Root());
            faces[agency] = NoteKey.Sign(head.Text, "intake", key);
            var request = new WitnessRequest(seen, ProofPlan.Consistency(seen, tree.Size).Path(stored), head, faces[agency]);
            await hub.PublishAsync(hub.Write(agency, Kinds.CheckpointPublished, new CheckpointPublished(request.ToString()), null, null, now));
        }
    }

    async Task<long> ProofsAsync(string party) => await hotline.ScalarAsync<long>(party, "select count(*) from audit.evidence");

    Task IsFoundAsync(string party, params string[] codes) => Eventually.IsTrueAsync($"{party} has proof and an alarm of the hub's lie", async () => await hotline.ScalarAsync<bool>(
        party, "select exists (select from audit.evidence where party = 'intake' and code = any($1)) and exists (select from alarms where party = 'intake' and code = any($1))", (object)codes));
}
