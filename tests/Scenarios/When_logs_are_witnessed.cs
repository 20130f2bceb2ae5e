using System.Text.Json.Nodes;
using Hotline.Contracts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Messages;
using Hotline.Provisioning.Installations;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Hotline.Transparency;
using NUnit.Framework;

namespace Hotline.Scenarios.Tests;

/// <summary>Logs, witnesses and lies between running services. The tests follow one another: each leaves the hotline working.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class When_logs_are_witnessed
{
    RunningHotline hotline = null!;

    [OneTimeSetUp]
    public async Task Start() => hotline = await RunningHotline.StartAsync("police", "womens-union");

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test, Order(1)]
    public async Task Should_carry_a_cosigned_checkpoint_in_every_receipt()
    {
        await IsWitnessedAsync();
        var operators = await hotline.AsOperator();

        var referral = await operators.ReferNewAsync("police");
        await operators.SeesStateAsync(referral, "delivered");

        var receipt = await hotline.ScalarAsync<string>("intake", "select receipt from sent_messages where referral_id = $1", referral);
        var checkpoint = SignedMessage.PayloadOf(receipt!).Body.GetProperty("checkpoint").GetString()!;
        await using var access = new AuditAccess(hotline.Installation, "police");
        Assert.That(access.Directory.PolicyOf("police")!.IsCosigned(SignedNote.TryParse(checkpoint)!, await hotline.Installation.NowAsync()));
    }

    [Test, Order(2)]
    public async Task Should_prove_a_case_in_a_bundle()
    {
        var (operators, officer, supervisor) = (await hotline.AsOperator(), await hotline.AsFocalPoint("police"), await hotline.AsSupervisor());
        var (_, caseId) = await operators.OpenCaseAsync();
        var referral = (await operators.ReferAsync(caseId, "police")).Good().Id;
        await officer.SeesStateAsync(referral, "delivered");
        (await officer.PostAsync($"referrals/{referral}/acknowledge")).Good();
        (await officer.GetAsync($"referrals/{referral}/content")).Good();
        var code = (await operators.GetAsync($"cases/{caseId}")).Good()["code"];

        // Each export is itself a record of the case: it is asked for when it can be complete, not before.
        var size = (await supervisor.GetAsync("audit/status")).Good().Json["size"]!.GetValue<long>();
        await Eventually.GetAsync("the log has been cosigned that far", async () => (await supervisor.GetAsync("audit/status")).Good(),
            s => s.Json["cosignedSize"]!.GetValue<long>() >= size);
        var bundle = await Eventually.GetAsync(
            "all of the case is in a cosigned checkpoint", async () => (await supervisor.GetAsync($"audit/cases/{code}/bundle")).Good(),
            answer => answer.Json["entries"]!.AsArray().Any(e => e!["leaf"]!.GetValue<string>().Contains("content.opened", StringComparison.Ordinal)));
        var records = await Eventually.GetAsync("the export has its place in the log", async () => (await supervisor.GetAsync($"audit/records?case={code}&limit=200")).Good(),
            answer => answer.Text.Contains("case.exported", StringComparison.Ordinal));
        var now = await hotline.Installation.NowAsync();
        var verdict = BundleVerification.Check(System.Text.Encoding.UTF8.GetBytes(bundle.Text), null, now);

        Assert.That(verdict.Findings, Is.Empty);
        Assert.That(verdict.Proof, Is.EqualTo(Proof.Sound));
        Assert.That(verdict.Receipts, Is.Positive);
        Assert.That(records.Json["items"]!.AsArray().Select(i => i!["kind"]!.GetValue<string>()),
            Is.SupersetOf(["call.logged", "case.created", "referral.sealed", "referral.delivered", "referral.acknowledged", "content.opened", "case.exported"]));
        Assert.That(bundle.Text, Does.Not.Contain("Trần Thị Ví Dụ").And.Not.Match(Samples.PhoneNumber));
    }

    [Test, Order(3)]
    public async Task Should_find_a_bundle_that_was_changed()
    {
        var (operators, supervisor) = (await hotline.AsOperator(), await hotline.AsSupervisor());
        var code = await hotline.ScalarAsync<string>("intake", "select code from cases order by code limit 1");
        var bundle = await Eventually.GetAsync("the case is in a checkpoint", async () => (await supervisor.GetAsync($"audit/cases/{code}/bundle")).Good().Json,
            json => json["entries"]!.AsArray().Count > 2);
        var now = await hotline.Installation.NowAsync();

        BundleVerdict With(Action<JsonNode> change)
        {
            var copy = bundle.DeepClone();
            change(copy);
            return BundleVerification.Check(System.Text.Encoding.UTF8.GetBytes(copy.ToJsonString()), null, now);
        }
        void Replace(JsonNode node, string member, string old, string with) => node[member] = node[member]!.GetValue<string>().Replace(old, with, StringComparison.Ordinal);

        Assert.That(With(b => { }).Proof, Is.EqualTo(Proof.Sound));
        Assert.That(With(b => Replace(b["entries"]![1]!, "leaf", "\"kind\":\"", "\"kind\":\"x")).Proof, Is.EqualTo(Proof.Tampered));
        Assert.That(With(b => Replace(b["entries"]![1]!, "record", "operator", "nobody")).Proof, Is.EqualTo(Proof.Tampered));
        Assert.That(With(b => Replace(b["entries"]![1]!, "proof", "index ", "index 1")).Proof, Is.EqualTo(Proof.Tampered));
        Assert.That(With(b => Replace(b, "directory", ".", ".A")).Proof, Is.EqualTo(Proof.Tampered));
        Assert.That(BundleVerification.Check(System.Text.Encoding.UTF8.GetBytes(bundle.ToJsonString()), "another", now).Proof, Is.EqualTo(Proof.Tampered));
    }

    [Test, Order(4)]
    public async Task Should_go_on_while_the_sequencer_is_away()
    {
        var (operators, supervisor) = (await hotline.AsOperator(), await hotline.AsSupervisor());
        await using var connection = new Npgsql.NpgsqlConnection(hotline.Installation.Parties["intake"].Databases.Owner + ";Pooling=false");
        await connection.OpenAsync();
        await using (var held = new Npgsql.NpgsqlCommand("select pg_advisory_lock(x'6175646974'::bigint)", connection))
            await held.ExecuteNonQueryAsync();

        var referral = await operators.ReferNewAsync("police", "P0");
        await operators.SeesStateAsync(referral, "delivered");
        var late = await Eventually.GetAsync("the log says that it is behind", async () => (await supervisor.GetAsync("audit/status")).Good(), s => s.Json["behindSince"] is not null);
        await connection.CloseAsync();

        Assert.That(late.Json["waiting"]!.GetValue<long>(), Is.Positive);
        await Eventually.GetAsync("the log has caught up", async () => (await supervisor.GetAsync("audit/status")).Good(), s => s.Json["behindSince"] is null);
    }

    [Test, Order(5)]
    public async Task Should_go_on_while_the_witnesses_are_away()
    {
        await hotline.Hosts["womens-union"].StopAsync();
        var operators = await hotline.AsOperator();

        var referral = await operators.ReferNewAsync("police", "P0");
        await operators.SeesStateAsync(referral, "delivered");

        await hotline.Hosts["womens-union"].StartAsync();
        await IsWitnessedAsync();
    }

    [Test, Order(6)]
    public async Task Should_not_let_a_wiped_witness_begin_by_itself()
    {
        await IsWitnessedAsync();
        await hotline.ExecuteAsync("police", "delete from audit.witness_heads");
        await (await hotline.AsOperator()).ReferNewAsync("police");

        await IsAlarmedAsync("intake", WitnessRules.NotEnrolled, "police");
        await WitnessEnrolment.EnrolAsync(hotline.Installation, "police", "intake");
        await hotline.FastForwardAsync(TimeSpan.FromMinutes(10));
        await hotline.Hosts["intake"].StopAsync();
        await hotline.Hosts["intake"].StartAsync();

        await IsWitnessedAsync();
    }

    [Test, Order(7)]
    public async Task Should_not_take_an_answer_that_was_overtaken_for_a_lost_state()
    {
        await IsWitnessedAsync();
        await using var witness = await PartyVoice.OfAsync(hotline.Installation, "womens-union");
        var at = await hotline.Installation.NowAsync();
        // As it answered when it had cosigned nothing yet; the wire may bring it again at any time.
        for (var i = 0; i < 20; i++)
            await witness.PublishAsync(witness.Write("intake", Kinds.CheckpointCosigned, new CheckpointCosigned("intake/1", 1, null, null, 0, null), null, null, at));
        var last = witness.Write("intake", Kinds.CheckpointCosigned, new CheckpointCosigned("nobody", 1, null, null, 0, null), null, null, at);
        await witness.PublishAsync(last);
        await Eventually.IsTrueAsync("all of them were read", async () =>
            await hotline.ScalarAsync<bool>("intake", "select exists (select from parked_messages where message_id = $1)", last.MessageId));
        await (await hotline.AsOperator()).ReferNewAsync("police");

        await IsWitnessedAsync();
        await Eventually.IsTrueAsync("the witness goes on", async () => await hotline.ScalarAsync<bool>(
            "intake", "select (select max(size) from audit.cosignatures where witness = 'womens-union') = (select max(size) from audit.cosignatures)"));
        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from alarms where code = $1", Witnessed.LostState), Is.Zero);
    }

    /// <summary>Those that waited while the witness was away are taken many at a time, in any order.</summary>
    [Test, Order(8)]
    public async Task Should_accuse_nobody_of_checkpoints_that_were_overtaken()
    {
        await IsWitnessedAsync();
        await using var log = await PartyVoice.OfAsync(hotline.Installation, "intake");
        var at = await hotline.Installation.NowAsync();
        foreach (var note in (await hotline.ScalarAsync<string[]>("intake", "select array_agg(note) from (select note from audit.checkpoints order by id limit 10) c"))!)
        {
            var request = new WitnessRequest(0, [], Checkpoint.TryParse(SignedNote.TryParse(note)!.Text)!, SignedNote.TryParse(note)!);
            await log.PublishAsync(log.Write("womens-union", Kinds.CheckpointPublished, new CheckpointPublished(request.ToString()), null, null, at));
        }
        var last = log.Write("womens-union", Kinds.CheckpointPublished, new CheckpointPublished("nothing"), null, null, at);
        await log.PublishAsync(last);
        await Eventually.IsTrueAsync("all of them were read", async () =>
            await hotline.ScalarAsync<bool>("womens-union", "select exists (select from parked_messages where message_id = $1)", last.MessageId));
        await (await hotline.AsOperator()).ReferNewAsync("womens-union");

        await IsWitnessedAsync();
        Assert.That(await hotline.ScalarAsync<long>("womens-union", "select count(*) from audit.evidence"), Is.Zero);
        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from alarms where code = $1", WitnessRules.Rollback), Is.Zero);
    }

    [Test, Order(9)]
    public async Task Should_not_help_a_witness_back_that_was_set_to_the_beginning()
    {
        await IsWitnessedAsync();
        await hotline.ExecuteAsync("womens-union", "delete from audit.witness_heads where size > 0");
        await hotline.ExecuteAsync("womens-union", "insert into audit.witness_heads (origin, size, root, note, at) values ('intake/1', 0, $1, '', now())", MerkleTree.EmptyRoot);
        await (await hotline.AsOperator()).ReferNewAsync("police");

        await IsAlarmedAsync("intake", Witnessed.LostState, "womens-union");
        await WitnessEnrolment.EnrolAsync(hotline.Installation, "womens-union", "intake");
    }

    [Test, Order(10)]
    public async Task Should_be_caught_by_the_witness_when_a_log_is_rolled_back()
    {
        await Eventually.IsTrueAsync("the hub has cosigned the log of the police", async () =>
            await hotline.ScalarAsync<bool>("police", "select (select count(*) from audit.leaves) = (select max(size) from audit.cosignatures)"));
        await hotline.Hosts["police"].StopAsync();
        await hotline.ExecuteAsync("police",
            """
            create temp table gone as select record_id, index from audit.leaves order by index desc limit 3;
            delete from audit.checkpoints where size > (select min(index) from gone);
            delete from audit.cosignatures where size > (select min(index) from gone);
            delete from audit.nodes where (index + 1) << level > (select min(index) from gone);
            delete from audit.leaves where index in (select index from gone);
            delete from audit.records where id in (select record_id from gone);
            """);
        await hotline.Hosts["police"].StartAsync();
        // The log must be as long again as the witness remembers it: before that, a shorter head may be one that came late.
        foreach (var _ in Enumerable.Range(0, 3))
            await (await hotline.AsOperator()).ReferNewAsync("police");

        await Eventually.IsTrueAsync("the hub has proof of it", async () =>
            await hotline.ScalarAsync<long>("intake", "select count(*) from audit.evidence where party = 'police' and held <> '' and presented <> ''") > 0, patience: TimeSpan.FromMinutes(2));
        var alarms = (await (await hotline.AsSupervisor()).GetAsync("alarms")).Good();
        Assert.That(alarms.Json["items"]!.AsArray().Where(a => a!["party"]!.GetValue<string>() == "police").Select(a => a!["code"]!.GetValue<string>()),
            Has.Some.AnyOf(WitnessRules.Rollback, WitnessRules.Fork, WitnessRules.Inconsistent));
    }

    [Test, Order(11)]
    public async Task Should_begin_anew_after_a_restore_on_the_word_of_two_persons()
    {
        var installation = hotline.Installation;
        await hotline.Hosts["womens-union"].StopAsync();
        Npgsql.NpgsqlConnection.ClearAllPools();
        await PartyRestore.DeclareAsync(installation, "womens-union");
        await hotline.Hosts["womens-union"].StartAsync();
        await IsAlarmedAsync("intake", WitnessRules.NotEnrolled, "womens-union");

        Assert.That(() => LogReopening.ApproveAsync(installation, "womens-union", [installation.PersonKeyFile("womens-union", 1)]), Throws.Exception);
        await LogReopening.ApproveAsync(installation, "womens-union", [installation.PersonKeyFile("womens-union", 1), installation.PersonKeyFile("womens-union", 2)]);
        await hotline.Hosts["womens-union"].StopAsync();
        await hotline.Hosts["womens-union"].StartAsync();

        await Eventually.IsTrueAsync("the hub witnesses the new log", async () =>
            await hotline.ScalarAsync<bool>("womens-union", "select exists (select from audit.cosignatures where epoch = 2)"));
        await using var access = new AuditAccess(installation, "womens-union");
        var verdict = await access.VerifyAsync(null);
        Assert.That(verdict.Findings, Is.Empty);
        Assert.That(verdict.LastOrigin, Is.EqualTo("womens-union/2"));
    }

    /// <summary>The hub's whole log is cosigned by a quorum.</summary>
    async Task IsWitnessedAsync()
    {
        var supervisor = await hotline.AsSupervisor();
        await Eventually.GetAsync("the hub's newest checkpoint is cosigned", async () => (await supervisor.GetAsync("audit/status")).Good(),
            s => s.Json["cosignedSize"]!.GetValue<long>() is > 0 and var size && size == s.Json["checkpointSize"]!.GetValue<long>());
    }

    Task IsAlarmedAsync(string at, string code, string party) => Eventually.IsTrueAsync($"{at} has the alarm {code} about {party}", async () =>
        await hotline.ScalarAsync<bool>(at, "select exists (select from alarms where code = $1 and party = $2 and cleared_at is null)", code, party));
}
