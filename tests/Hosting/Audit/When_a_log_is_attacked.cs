using Hotline.Hosting.Audit;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Hosting.Tests.Audit;

/// <summary>What an administrator with all rights in the database does to the hub's log, its records, history and rows: each is found.</summary>
public sealed class When_a_log_is_attacked
{
    RunningHotline hotline = null!;

    [OneTimeSetUp]
    public async Task Start() => hotline = await LogCopy.OriginalAsync();

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [TestCase("intake")]
    [TestCase("police")]
    public async Task Should_be_sound_when_nobody_touched_it(string party)
    {
        await using var log = await LogCopy.OfAsync(hotline, party);

        var verdict = await log.VerifyAsync();

        Assert.That(verdict.Findings, Is.Empty);
        Assert.That(verdict.Outcome, Is.EqualTo(VerdictOutcome.Sound));
        Assert.That(verdict.Leaves, Is.GreaterThan(5));
        Assert.That(verdict.Checkpoints, Is.GreaterThan(1));
    }

    const string CutThree = "delete from audit.leaves where index >= (select max(index) - 2 from audit.leaves);";

    /// <summary>Everything of the last three records, wherever it stands; what stays agrees with itself.</summary>
    const string CutThreeEverywhere =
        """
        create temp table gone as select record_id, index from audit.leaves order by index desc limit 3;
        delete from audit.checkpoints where size > (select min(index) from gone);
        delete from audit.cosignatures where size > (select min(index) from gone);
        delete from audit.nodes where (index + 1) << level > (select min(index) from gone);
        delete from audit.leaves where index in (select index from gone);
        update referrals f set state = p.state from referral_history h
          join lateral (select state from referral_history e where e.referral_id = h.referral_id and e.id not in
            (select history_id from audit.records r join gone g on g.record_id = r.id where history_id is not null) order by e.id desc limit 1) p on true
          where f.id = h.referral_id and h.id in (select history_id from audit.records r join gone g on g.record_id = r.id);
        delete from referral_history where id in (select history_id from audit.records r join gone g on g.record_id = r.id);
        delete from audit.records where id in (select record_id from gone);
        """;

    const string Renumber =
        """
        delete from audit.leaves where index = 7;
        update audit.leaves set index = -index where index > 7;
        update audit.leaves set index = -index - 1 where index < 0;
        """;

    static IEnumerable<TestCaseData> Attacks()
    {
        yield return Attack("the_last_leaves_are_deleted", CutThree, "log.cut");
        yield return Attack("the_last_records_are_deleted_with_every_trace", CutThreeEverywhere, "log.cut");
        yield return Attack("one_leaf_is_deleted_and_the_rest_renumbered", "alter table audit.leaves drop constraint leaves_index_check;" + Renumber, "log.cut");
        yield return Attack("one_leaf_is_deleted", "delete from audit.leaves where index = 7", "leaf.missing");
        yield return Attack("a_leaf_is_edited", "update audit.leaves set leaf = replace(leaf, '\"kind\":\"', '\"kind\":\"x') where index = 7", "leaf.changed");
        yield return Attack(
            "a_leaf_is_edited_with_its_hash",
            "update audit.leaves set leaf = leaf || ' ', hash = sha256('\\x00' || convert_to(leaf || ' ', 'UTF8')) where index = 7", "log.other-than-signed");
        yield return Attack("a_record_is_edited", "update audit.records set leaf = replace(leaf, '\"actor\":\"operator\"', '\"actor\":\"somebody\"')", "record.changed");
        yield return Attack("a_record_is_ruined", "update audit.records set leaf = 'null' where id = (select record_id from audit.leaves where index = 7)", "record.changed");
        yield return Attack("a_record_is_deleted", "delete from audit.records where id = (select record_id from audit.leaves where index = 7)", "record.missing");
        yield return Attack("a_line_of_history_is_edited", "update referral_history set actor = 'somebody' where event = 'referral.acknowledged'", "record.changed");
        yield return Attack("a_line_of_history_is_deleted", "delete from referral_history where event = 'content.opened'", "history.missing");
        yield return Attack(
            "a_line_of_history_is_invented",
            "insert into referral_history (referral_id, at, event, actor, state) select referral_id, at, 'referral.closed', actor, state from referral_history limit 1",
            "history.without-record");
        yield return Attack("a_current_row_is_edited", "update referrals set state = 'closed'", "referral.changed");
        yield return Attack("a_referral_is_deleted", "delete from referrals", "referral.missing");
        yield return Attack(
            "leaf_history_and_row_are_edited_alike",
            """
            update referral_history set state = 'declined' where event = 'content.opened';
            update referrals set state = 'declined';
            update audit.leaves set leaf = replace(leaf, 'content.opened', 'referral.declined'), kind = replace(kind, 'content.opened', 'referral.declined');
            update audit.leaves set hash = sha256('\x00' || convert_to(leaf, 'UTF8'));
            update audit.records set leaf = replace(leaf, 'content.opened', 'referral.declined');
            """, "log.other-than-signed");
        yield return Attack(
            "a_record_is_dated_back_inside_the_interval",
            """
            update audit.records set at = at - interval '3 seconds' where id = (select record_id from audit.leaves where index = 7);
            """, "record.changed");
        yield return Attack(
            "a_record_is_dated_back_beyond_the_interval",
            """
            update audit.records set at = at - interval '1 day' where id = (select record_id from audit.leaves where index = 7);
            update audit.leaves set at = at - interval '1 day', leaf = regexp_replace(leaf, '"at":"[^"]+"', '"at":"' || to_char((at - interval '1 day') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '"')
              where index = 7;
            """, "leaf.wrong-time");
        yield return Attack(
            "a_record_without_a_key_is_given_one",
            """update audit.records set leaf = '{"key":"0197a5c0-0000-7000-8000-000000000001","code":"forged",' || substr(leaf, 2) where id = (select record_id from audit.leaves where kind = 'call.logged' order by index limit 1)""",
            "record.key-missing");
        yield return Attack("leaves_are_filed_under_no_case", "update audit.leaves set subject = null where kind = 'referral.acknowledged'", "leaf.changed");
        yield return Attack("leaves_are_filed_under_another_person", "update audit.leaves set actor = 'nobody' where kind = 'call.logged'", "leaf.changed");
        yield return Attack("leaves_are_filed_under_another_kind", "update audit.leaves set kind = 'call.opened' where kind = 'call.logged'", "leaf.changed");
        yield return Attack("leaves_are_filed_under_another_time", "update audit.leaves set at = at + interval '1 second' where kind = 'call.logged'", "leaf.changed");
        yield return Attack("a_checkpoint_is_forged", "update audit.checkpoints set size = size + 1, note = replace(note, E'\\n' || size || E'\\n', E'\\n' || (size + 1) || E'\\n')", "checkpoint.not-signed");
        yield return Attack(
            "a_record_is_taken_out_of_the_log",
            "delete from audit.leaves where index = 0; update audit.checkpoints set sequenced_through = (select max(id) from audit.records)", "record.without-leaf");
    }

    static TestCaseData Attack(string name, string statements, string code) => new TestCaseData(statements, code).SetName($"Should_be_found_when_{name}");

    [TestCaseSource(nameof(Attacks))]
    public async Task Should_be_found(string statements, string code)
    {
        await using var log = await LogCopy.OfAsync(hotline, "intake");
        await log.AttackAsync(statements);

        var verdict = await log.VerifyAsync();

        Assert.That(verdict.Outcome, Is.EqualTo(VerdictOutcome.Tampered));
        Assert.That(verdict.Findings.Select(f => f.Code), Has.Member(code));
    }

    /// <summary>Back to yesterday, every table alike: in itself such a log is sound, and only who stood outside knows better.</summary>
    [Test]
    public async Task Should_need_a_witness_when_the_whole_database_is_rolled_back()
    {
        await using var log = await LogCopy.OfAsync(hotline, "intake");
        await log.AttackAsync(CutThreeEverywhere);

        var alone = await log.VerifyAsync(askWitnesses: false);
        var witnessed = await log.VerifyAsync();

        Assert.That(alone.Outcome, Is.Not.EqualTo(VerdictOutcome.Tampered));
        Assert.That(witnessed.Outcome, Is.EqualTo(VerdictOutcome.Tampered));
    }

    [Test]
    public async Task Should_stay_sound_when_a_case_is_shredded()
    {
        await using var log = await LogCopy.OfAsync(hotline, "intake");
        var (subject, key) = (await log.AskAsync<Guid>("select case_id from referrals order by id limit 1"), await log.AskAsync<Guid>("select key_id from referrals order by id limit 1"));
        await log.WithoutKeysAsync(subject, [key], async () =>
        {
            var unrecorded = await log.VerifyAsync();
            await log.AttackAsync($$"""insert into audit.records (at, leaf) values (hotline_now(), '{"kind":"case.shredded","actor":"supervisor","case":"{{subject}}"}')""");
            await log.Sequencer(TimeProvider.System).TurnAsync(CancellationToken.None);
            var verdict = await log.VerifyAsync();

            Assert.That(unrecorded.Doubts.Select(d => d.Code), Is.EqualTo(["shredding.unrecorded"]));
            Assert.That(verdict.Findings, Is.Empty);
            Assert.That(verdict.Outcome, Is.EqualTo(VerdictOutcome.Sound));
            Assert.That(verdict.Shredded, Is.GreaterThan(0));
        });
    }

    /// <summary>Under a key that is not there, what a record commits to cannot be compared; only shredding takes a key away.</summary>
    [TestCase("", TestName = "Should_not_take_a_key_that_never_was_for_shredding")]
    [TestCase("from referrals", TestName = "Should_not_take_the_shredded_key_of_another_case_for_shredding")]
    public async Task Should_not_take_for_shredding(string shredded)
    {
        await using var log = await LogCopy.OfAsync(hotline, "intake");
        var (subject, key) = shredded.Length == 0 ? (Guid.Empty, Guid.NewGuid())
            : (await log.AskAsync<Guid>($"select case_id {shredded} order by id limit 1"), await log.AskAsync<Guid>($"select key_id {shredded} order by id limit 1"));
        await log.AttackAsync(
            $"""
            update audit.records set leaf = (leaf::jsonb || '{"{"}"key":"{key}"{"}"}')::text where history_id = (select max(id) from referral_history where event = 'referral.acknowledged');
            update referral_history set actor = 'somebody' where id = (select max(id) from referral_history where event = 'referral.acknowledged');
            """);
        await log.WithoutKeysAsync(subject, [key], async () =>
        {
            var verdict = await log.VerifyAsync();

            Assert.That(verdict.Outcome, Is.EqualTo(VerdictOutcome.Tampered));
            Assert.That(verdict.Findings.Select(f => f.Code), Is.EqualTo(["record.key-missing"]));
        });
    }

    [Test]
    public async Task Should_hold_no_id_number_or_name_in_a_leaf()
    {
        await using var log = await LogCopy.OfAsync(hotline, "intake");

        var telling = await log.AskAsync<long>(
            """
            select count(*) from audit.leaves l where exists (select from referrals r where strpos(l.leaf, r.id::text) > 0)
              or exists (select from cases c where strpos(l.leaf, c.id::text) > 0 or strpos(l.leaf, c.code) > 0)
              or exists (select from accounts a where strpos(l.leaf, '"' || a.alias || '"') > 0) or leaf ~ '0912'
            """);

        Assert.That(telling, Is.Zero);
    }
}
