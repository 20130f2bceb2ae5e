using Hotline.Contracts;
using Hotline.Hosting.Audit;
using Hotline.Testing;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Hosting.Tests.Audit;

/// <summary>How the hub's log goes on beside the work: sequenced without a hole, signed once, and an alarm where it is late or alone.</summary>
public sealed class When_a_log_is_kept
{
    RunningHotline hotline = null!;

    [OneTimeSetUp]
    public async Task Start() => hotline = await LogCopy.OriginalAsync();

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    const string Record = "now(), '{\"kind\":\"case.opened\",\"actor\":\"operator\"}'";

    static Task<long> TakeIdAsync(LogCopy log) => log.AskAsync<long>("select nextval(pg_get_serial_sequence('audit.records', 'id'))");

    static Task CommitAsync(LogCopy log, long id) => log.AttackAsync($"insert into audit.records (id, at, leaf) overriding system value values ({id}, {Record})");

    static Task<long> WithoutLeafAsync(LogCopy log) =>
        log.AskAsync<long>("select count(*) from audit.records r where not exists (select from audit.leaves l where l.record_id = r.id)");

    /// <summary>As where an index is broken or no page is left: reads work, inserts do not.</summary>
    [Test]
    public async Task Should_leave_no_record_out_when_its_leaf_could_not_be_written_twice()
    {
        await using var log = await LogCopy.OfAsync(hotline, "intake");
        var time = new Ticks();
        var sequencer = log.Sequencer(time);
        await sequencer.TurnAsync(CancellationToken.None);
        await log.AttackAsync($"insert into audit.records (at, leaf) values ({Record}); alter table audit.leaves add constraint away check (false) not valid");

        for (var turn = 0; turn < 2; turn++)
        {
            Assert.That(() => sequencer.TurnAsync(CancellationToken.None), Throws.InstanceOf<Npgsql.PostgresException>());
            time.Pass(TimeSpan.FromSeconds(6));
        }
        await log.AttackAsync("alter table audit.leaves drop constraint away");

        Assert.That(await sequencer.TurnAsync(CancellationToken.None), Is.EqualTo(1));
        Assert.That(await WithoutLeafAsync(log), Is.Zero);
    }

    /// <summary>More records than a batch holds are taken from where the batch before ended, and with them what committed late.</summary>
    [Test]
    public async Task Should_leave_no_record_out_that_came_late_in_a_rush()
    {
        await using var log = await LogCopy.OfAsync(hotline, "intake");
        var sequencer = log.Sequencer(TimeProvider.System);
        await sequencer.TurnAsync(CancellationToken.None);
        var late = await TakeIdAsync(log);
        await log.AttackAsync($"insert into audit.records (at, leaf) select {Record} from generate_series(1, {Sequencer.BatchSize + 3})");

        Assert.That(await sequencer.TurnAsync(CancellationToken.None), Is.EqualTo(Sequencer.BatchSize));
        await CommitAsync(log, late);

        Assert.That(await sequencer.TurnAsync(CancellationToken.None), Is.EqualTo(4), "what is left of the rush, and what came late");
        Assert.That(await sequencer.TurnAsync(CancellationToken.None), Is.Zero);
        Assert.That(await WithoutLeafAsync(log), Is.Zero);
    }

    /// <summary>The other node, or this one after it was started again, wrote none of the last leaves.</summary>
    [Test]
    public async Task Should_leave_no_record_out_that_came_late_to_another_node()
    {
        await using var log = await LogCopy.OfAsync(hotline, "intake");
        long[] late = [await TakeIdAsync(log), 0, 0];
        await log.AttackAsync($"insert into audit.records (at, leaf) values ({Record})");
        (late[1], late[2]) = (await TakeIdAsync(log), await TakeIdAsync(log));
        await log.AttackAsync($"insert into audit.records (at, leaf) values ({Record})");
        Sequencer[] nodes = [log.Sequencer(TimeProvider.System), log.Sequencer(TimeProvider.System)];
        await nodes[0].TurnAsync(CancellationToken.None);
        Assert.That(await nodes[1].TurnAsync(CancellationToken.None), Is.Zero);

        var taken = new List<int?>();
        foreach (var id in late.Reverse())
        {
            await CommitAsync(log, id);
            taken.Add(await nodes[taken.Count % 2].TurnAsync(CancellationToken.None));
        }

        Assert.That(taken, Is.EqualTo([1, 1, 1]));
        Assert.That(await WithoutLeafAsync(log), Is.Zero);
    }

    [Test]
    public async Task Should_be_signed_by_one_node_at_a_time()
    {
        await using var log = await LogCopy.OfAsync(hotline, "intake");
        await log.AttackAsync("update audit.checkpoints set signed_at = signed_at - interval '1 hour'");
        Checkpoints[] nodes = [log.Checkpoints(), log.Checkpoints()];

        var signing = Array.Empty<Task<SignedCheckpoint?>>();
        await log.WithoutInsertsAsync("audit.checkpoints", async () =>
        {
            signing = [.. nodes.Select(n => n.SignDueAsync(CancellationToken.None))];
            await Eventually.IsTrueAsync("each node waits to write, or left it to the other", async () =>
                signing.Count(s => s.IsCompleted) + await log.AskAsync<long>("select count(*) from pg_locks where relation = 'audit.checkpoints'::regclass and not granted") == nodes.Length);
        });
        var signed = await Task.WhenAll(signing);

        Assert.That(signed.Count(s => s is not null), Is.EqualTo(1));
    }

    [Test]
    public async Task Should_be_an_alarm_while_it_is_late()
    {
        await using var log = await LogCopy.OfAsync(hotline, "intake");
        await log.AttackAsync(
            """
            insert into audit.records (at, leaf) values (hotline_now(), '{"kind":"case.opened","actor":"operator"}');
            alter table audit.leaves add constraint away check (false) not valid
            """);
        var time = new Ticks();
        using var keeper = log.Keeper(time);
        await keeper.StartAsync(CancellationToken.None);

        await Eventually.IsTrueAsync("somebody is told", () =>
        {
            time.Pass(TimeSpan.FromSeconds(61));
            return log.IsAlarmedAsync(LogKeeper.Late);
        });
        await log.AttackAsync("alter table audit.leaves drop constraint away");

        await Eventually.IsTrueAsync("it is over", async () => !await log.IsAlarmedAsync(LogKeeper.Late));

        await keeper.StopAsync(CancellationToken.None);
    }

    [Test]
    public async Task Should_be_an_alarm_when_a_witness_does_not_answer()
    {
        await using var log = await LogCopy.OfAsync(hotline, "intake");
        await log.AttackAsync("delete from audit.cosignatures");
        var (time, now) = (new Ticks(), await hotline.Installation.NowAsync());
        var witnessed = log.Witnessed(time);

        var alarmed = new List<bool>();
        for (var round = 0; round < 6; round++)
        {
            await witnessed.RoundAsync(now, CancellationToken.None);
            time.Pass(TimeSpan.FromMinutes(11));
            alarmed.Add(await log.IsAlarmedAsync(Witnessed.Silent));
        }
        await witnessed.TakeAsync("police", new CheckpointCosigned("intake/1", 1, null, null, long.MaxValue, null), now, CancellationToken.None);

        Assert.That(alarmed, Is.EqualTo([false, false, false, false, true, true]));
        Assert.That(await log.IsAlarmedAsync(Witnessed.Silent), Is.False, "it answered");
    }

    /// <summary>So many are signed in a quarter of an hour of load, while too few witnesses answer.</summary>
    [Test]
    public async Task Should_have_its_cosigned_checkpoint_however_many_were_not()
    {
        await using var log = await LogCopy.OfAsync(hotline, "intake");
        var size = await log.CosignedSizeAsync();
        await log.AttackAsync(
            """
            insert into audit.checkpoints (epoch, size, root, note, signed_at, sequenced_through)
            select c.epoch, c.size + n, c.root, c.note, c.signed_at, c.sequenced_through from (select * from audit.checkpoints order by id desc limit 1) c, generate_series(1, 150) n
            """);

        Assert.That(size, Is.Positive);
        Assert.That(await log.CosignedSizeAsync(), Is.EqualTo(size));
    }
}
