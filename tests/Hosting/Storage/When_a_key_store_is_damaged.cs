using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Npgsql;
using NUnit.Framework;

namespace Hotline.Hosting.Tests.Storage;

/// <summary>Two copies of the data keys: one may break, and what was shredded comes back from neither.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class When_a_key_store_is_damaged
{
    RunningHotline hotline = null!;
    NpgsqlDataSource first = null!;
    NpgsqlDataSource second = null!;
    KeyStore store = null!;
    StorageKeys storage = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("police");
        var databases = hotline.Installation.Parties["intake"].Databases;
        (first, second) = (NpgsqlDataSource.Create(databases.OwnerKeyStore), NpgsqlDataSource.Create(databases.OwnerKeyStoreCopy));
        store = hotline.Installation.KeyStoreOf("intake");
        storage = StorageKeys.Load(hotline.Installation.Parties["intake"].Settings.KeyFolder);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await store.DisposeAsync();
        await first.DisposeAsync();
        await second.DisposeAsync();
        await hotline.DisposeAsync();
    }

    [Test]
    public async Task Should_hold_every_key_in_both_copies()
    {
        var (_, caseId) = await (await hotline.AsOperator()).OpenCaseAsync();
        var key = await hotline.ScalarAsync<Guid>("intake", "select key_id from cases where id = $1", caseId);

        Assert.That(await CountAsync(first, key), Is.EqualTo(1));
        Assert.That(await CountAsync(second, key), Is.EqualTo(1));
    }

    [TestCase("delete from data_keys")]
    [TestCase("truncate data_keys")]
    [TestCase("update data_keys set wrapped = '\\x00'")]
    [TestCase("alter table data_keys rename to data_keys_away")]
    public async Task Should_open_cases_with_the_second_copy_and_mend_the_first(string damage)
    {
        var operators = await hotline.AsOperator();
        var (_, caseId) = await operators.OpenCaseAsync();
        await ExecuteAsync(first, damage);
        await using var node = await hotline.StartFurtherNodeAsync("intake");
        using var elsewhere = new Actor(node.Url, operators.Token);

        (await elsewhere.GetAsync($"cases/{caseId}")).Good();
        if (damage.Contains("away", StringComparison.Ordinal))
            await ExecuteAsync(first, "alter table data_keys_away rename to data_keys");
        await new KeyRepair(store).RepairAsync(CancellationToken.None);

        Assert.That(await DifferentAsync(), Is.Zero, "both copies are alike");
    }

    [Test]
    public async Task Should_bring_back_what_was_lost_in_both_copies_at_once()
    {
        var key = await NewAsync();
        await ExecuteAsync(first, "delete from data_keys");
        await ExecuteAsync(second, "delete from data_keys");

        var result = await new KeyRepair(store).RepairAsync(CancellationToken.None);

        Assert.That(result.Recovered, Is.Positive);
        Assert.That(result.Damaged, Is.Zero);
        Assert.That((await store.ReadAsync([key], CancellationToken.None)).Select(k => k.Id), Is.EqualTo([key]));
    }

    [Test]
    public async Task Should_forget_after_seven_days_what_was_lost()
    {
        var key = await NewAsync();
        await ExecuteAsync(first, $"delete from data_keys where id = '{key}'");
        await ExecuteAsync(first, "update key_history set lost_at = lost_at - interval '8 days'");
        await ExecuteAsync(first, "select forget_key_history()");

        Assert.That(await ScalarAsync<long>(first, $"select count(*) from key_history where id = '{key}'"), Is.Zero);
        await new KeyRepair(store).RepairAsync(CancellationToken.None);
    }

    [Test]
    public async Task Should_take_a_shredded_key_out_of_both_copies_and_both_histories()
    {
        var key = await NewAsync();
        // An earlier version of it stands in the histories.
        foreach (var copy in new[] { first, second })
            await ExecuteAsync(copy, $"update data_keys set wrapped = wrapped where id = '{key}'");

        await store.DestroyAsync(Guid.CreateVersion7(), [key], CancellationToken.None);

        foreach (var copy in new[] { first, second })
            Assert.That(await CountAsync(copy, key), Is.Zero);
        Assert.That(await store.ReadAsync([key], CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task Should_not_copy_a_shredded_key_back_from_a_copy_that_was_away()
    {
        var key = await NewAsync();
        var wrapped = await ScalarAsync<byte[]>(second, $"select wrapped from data_keys where id = '{key}'");
        await store.DestroyAsync(Guid.CreateVersion7(), [key], CancellationToken.None);
        // As if the second copy had been restored from a file of yesterday.
        await ExecuteAsync(second, $"delete from destroyed_keys where id = '{key}'; insert into data_keys (id, wrapped) values ('{key}', '\\x{Convert.ToHexString(wrapped)}')");

        var result = await new KeyRepair(store).EvenOutAsync(null, CancellationToken.None);

        Assert.That(result.Destroyed, Is.EqualTo(1));
        Assert.That(await CountAsync(first, key) + await CountAsync(second, key), Is.Zero);
    }

    [Test]
    public async Task Should_refuse_a_shredded_key_that_somebody_puts_back()
    {
        var key = await NewAsync();
        var wrapped = await ScalarAsync<byte[]>(first, $"select wrapped from data_keys where id = '{key}'");
        await store.DestroyAsync(Guid.CreateVersion7(), [key], CancellationToken.None);

        await ExecuteAsync(first, $"insert into data_keys (id, wrapped) values ('{key}', '\\x{Convert.ToHexString(wrapped)}')");

        Assert.That(await CountAsync(first, key), Is.Zero);
    }

    [Test]
    public async Task Should_not_call_a_case_shredded_while_a_copy_is_away()
    {
        var (operators, supervisor, deputy) = (await hotline.AsOperator(), await hotline.AsSupervisor(), await hotline.HireAsync("intake", "supervisor"));
        var (_, caseId) = await operators.OpenCaseAsync();
        var shredding = (await supervisor.PostAsync("shreddings", new System.Text.Json.Nodes.JsonObject { ["subject"] = caseId, ["reasonCode"] = "court-order" })).Good().Id;
        await ExecuteAsync(second, "alter table destroyed_keys rename to destroyed_keys_away");

        await deputy.PostAsync($"shreddings/{shredding}/approve");
        var early = await DoneAsync(shredding);
        await ExecuteAsync(second, "alter table destroyed_keys_away rename to destroyed_keys");

        Assert.That(early, Is.False);
        await Eventually.IsTrueAsync("the shredding is done when both copies are there", () => DoneAsync(shredding), TimeSpan.FromMinutes(3));
        Assert.That((await operators.GetAsync($"cases/{caseId}")).Status, Is.EqualTo(System.Net.HttpStatusCode.Gone));
    }

    [TestCase("delete from data_keys")]
    [TestCase("update data_keys set wrapped = wrapped")]
    [TestCase("select * from key_history")]
    [TestCase("delete from destroyed_keys")]
    public async Task Should_let_hosts_take_no_key_away_but_by_shredding(string statement)
    {
        foreach (var connection in new[] { hotline.Installation.Parties["intake"].Databases.ApplicationKeyStore, hotline.Installation.Parties["intake"].Databases.ApplicationKeyStoreCopy })
        {
            await using var host = NpgsqlDataSource.Create(connection + ";Pooling=false");
            Assert.That(() => ExecuteAsync(host, statement), Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("42501"));
        }
    }

    async Task<bool> DoneAsync(Guid shredding) => await hotline.ScalarAsync<bool>("intake", "select done_at is not null from shreddings where id = $1", shredding);

    async Task<Guid> NewAsync()
    {
        var key = storage.NewDataKey(Guid.CreateVersion7());
        await store.InsertAsync([key], CancellationToken.None);
        return key.Id;
    }

    async Task<long> DifferentAsync()
    {
        const string digest = "select count(*)::text || md5(coalesce(string_agg(id::text || encode(wrapped, 'hex'), ',' order by id), '')) from data_keys";
        return await ScalarAsync<string>(first, digest) == await ScalarAsync<string>(second, digest) ? 0 : 1;
    }

    static Task<long> CountAsync(NpgsqlDataSource copy, Guid key) =>
        ScalarAsync<long>(copy, $"select (select count(*) from data_keys where id = '{key}') + (select count(*) from key_history where id = '{key}')");

    static async Task<int> ExecuteAsync(NpgsqlDataSource copy, string statement)
    {
        await using var command = copy.CreateCommand(statement);
        return await command.ExecuteNonQueryAsync();
    }

    static async Task<T> ScalarAsync<T>(NpgsqlDataSource copy, string query)
    {
        await using var command = copy.CreateCommand(query);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
