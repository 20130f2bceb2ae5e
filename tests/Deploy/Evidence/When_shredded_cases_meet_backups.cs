using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Deploy.Tests.Evidence;

/// <summary>
/// An old database with the current key store, at the hub and at an agency: what was shredded after the backup stays
/// shredded, what was not opens, and what was under way arrives once.
/// </summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class When_shredded_cases_meet_backups
{
    RunningHotline hotline = null!;
    Actor operators = null!, officer = null!, focalPoint = null!, supervisor = null!, deputy = null!, second = null!;

    string Folder => hotline.Installation.Plan.StateFolder;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync(plan => plan with { Prefix = "" }, "police");
        hotline.Installation.Plan.Servers.Write(Folder);
        (operators, officer, focalPoint) = (await hotline.AsOperator(), await hotline.AsDutyOfficer("police"), await hotline.AsFocalPoint("police"));
        (supervisor, deputy, second) = (await hotline.AsSupervisor(), await hotline.HireAsync("intake", "supervisor"), await hotline.HireAsync("police", "focalPoint"));
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    sealed record Work(Guid SurvivingCase, Guid SurvivingReferral, Guid DoomedCall, Guid DoomedCase, Guid DoomedReferral);

    [Test, Order(1)]
    public async Task Should_keep_the_hubs_shredded_cases_shredded()
    {
        var work = await WorkAsync();
        // Under way while the backup is taken: the police do not take it yet.
        await hotline.Hosts["police"].StopAsync();
        var underWay = await operators.ReferNewAsync("police");
        await operators.SeesStateAsync(underWay, "sent");
        var file = await BackUpAsync("intake");
        await hotline.Hosts["police"].StartAsync();
        await operators.SeesStateAsync(underWay, "delivered");
        await ShredAsync(supervisor, deputy, work.DoomedCase);

        await RestoreAsync("intake", file);

        Assert.That(await hotline.ScalarAsync<bool>("intake", "select shredded_at is not null from cases where id = $1", work.DoomedCase));
        Assert.That((await operators.GetAsync($"cases/{work.DoomedCase}")).Status, Is.EqualTo(HttpStatusCode.Gone));
        Assert.That((await operators.GetAsync($"calls/{work.DoomedCall}")).Status, Is.EqualTo(HttpStatusCode.Gone));
        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from call_terms where call_id = $1", work.DoomedCall), Is.Zero, "the backup's blind indexes are wiped again");
        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from calls where id = $1 and (caller_index is not null or caller_number is not null)", work.DoomedCall), Is.Zero);
        Assert.That((await operators.GetAsync($"cases/{work.SurvivingCase}")).Good().Text, Does.Contain("Trần Thị Ví Dụ"));
        await ArrivedOnceAsync(underWay);
        await ArrivedOnceAsync(work.SurvivingReferral);
        // The log began anew; that the case is shredded stands in it.
        await Eventually.IsTrueAsync("the new log says so too", async () => await hotline.ScalarAsync<bool>(
            "intake", "select exists (select from audit.leaves l join audit.records r on r.id = l.record_id where l.epoch = 2 and l.kind = 'case.shredded' and strpos(r.leaf, $1) > 0)", work.DoomedCase.ToString()));
    }

    [Test, Order(2)]
    public async Task Should_prove_a_case_whose_records_lie_on_both_sides_of_a_restore()
    {
        var work = await WorkAsync();
        var code = (await hotline.ScalarAsync<string>("intake", "select code from cases where id = $1", work.SurvivingCase))!;
        await BundleAsync(code, logs: 1);
        var file = await BackUpAsync("intake");

        await RestoreAsync("intake", file);
        (await operators.GetAsync($"cases/{work.SurvivingCase}")).Good();
        var bundle = await BundleAsync(code, logs: 2);

        var saved = Path.Combine(Folder, "both-sides.json");
        await File.WriteAllTextAsync(saved, bundle);
        var (exitCode, output) = await HotlineCommand.RunAloneAsync("verify", "bundle", saved);
        Assert.That(exitCode, Is.Zero, output);
        Assert.That(output, Does.Contain("NGUYÊN VẸN"));
    }

    [Test, Order(3)]
    public async Task Should_keep_an_agencys_shredded_referrals_shredded()
    {
        var work = await WorkAsync();
        await hotline.Hosts["police"].StopAsync();
        var underWay = await operators.ReferNewAsync("police");
        await operators.SeesStateAsync(underWay, "sent");
        var file = await BackUpAsync("police");
        await hotline.Hosts["police"].StartAsync();
        await operators.SeesStateAsync(underWay, "delivered");
        await ShredAsync(focalPoint, second, work.DoomedReferral);

        await RestoreAsync("police", file);

        Assert.That(await hotline.ScalarAsync<bool>("police", "select shredded_at is not null from referrals where id = $1", work.DoomedReferral));
        Assert.That((await focalPoint.GetAsync($"referrals/{work.DoomedReferral}/content")).Code, Is.EqualTo("content.shredded"));
        Assert.That((await focalPoint.GetAsync($"referrals/{work.SurvivingReferral}/content")).Good().Text, Does.Contain("Trần Thị Ví Dụ"));
        await ArrivedOnceAsync(underWay);
        await ArrivedOnceAsync(work.SurvivingReferral);
    }

    [Test, Order(4)]
    public async Task Should_mend_a_copy_of_the_key_store_that_is_gone()
    {
        var work = await WorkAsync();
        await using (var server = new Npgsql.NpgsqlConnection(hotline.Installation.Plan.Servers.Database.ConnectionString() + ";Pooling=false"))
        {
            await server.OpenAsync();
            await using var drop = new Npgsql.NpgsqlCommand("drop database intake_keystore with (force)", server);
            await drop.ExecuteNonQueryAsync();
        }
        Npgsql.NpgsqlConnection.ClearAllPools();
        await using var node = await hotline.StartFurtherNodeAsync("intake");
        using var elsewhere = new Actor(node.Url, operators.Token);
        (await elsewhere.GetAsync($"cases/{work.SurvivingCase}")).Good();
        await elsewhere.OpenCaseAsync();

        var (exitCode, output) = await HotlineCommand.RunAsync(Folder, "keys", "repair", "intake");
        var (again, nothing) = await HotlineCommand.RunAsync(Folder, "keys", "repair", "intake");

        Assert.That((exitCode, again), Is.EqualTo((0, 0)), output);
        Assert.That(output, Does.Match("[1-9][0-9]* copied"));
        Assert.That(nothing, Does.Contain(" 0 copied, 0 from the last seven days, 0 replaced, 0 destroyed again"));
        Assert.That((await operators.GetAsync($"cases/{work.SurvivingCase}")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    /// <summary>The evidence bundle, when its proofs are against cosigned checkpoints of so many logs: each restore begins one.</summary>
    async Task<string> BundleAsync(string code, int logs)
    {
        static bool IsCosigned(string proof) => Regex.Count(proof, "^\u2014 ", RegexOptions.Multiline) > 1;
        var answer = await Eventually.GetAsync("the case is in cosigned checkpoints", () => supervisor.GetAsync($"audit/cases/{code}/bundle"), bundle =>
        {
            var proofs = bundle.Good().Json["entries"]!.AsArray().Select(e => e!["proof"]!.GetValue<string>()).ToList();
            return proofs.TrueForAll(IsCosigned) && proofs.Select(p => Regex.Match(p, "^intake/[0-9]+$", RegexOptions.Multiline).Value).Distinct().Count() == logs;
        });
        return answer.Text;
    }

    /// <summary>One case with a referral that is delivered, and one whose referral was declined: the latter may be shredded.</summary>
    async Task<Work> WorkAsync()
    {
        var (_, surviving) = await operators.OpenCaseAsync();
        var delivered = (await operators.ReferAsync(surviving, "police")).Good().Id;
        var (call, doomed) = await operators.OpenCaseAsync();
        var declined = (await operators.ReferAsync(doomed, "police")).Good().Id;
        await officer.SeesStateAsync(declined, "delivered");
        await operators.SeesStateAsync(delivered, "delivered");
        (await officer.PostAsync($"referrals/{declined}/decline", new JsonObject { ["reasonCode"] = "other", ["text"] = "Ngoài thẩm quyền." })).Good();
        await operators.SeesStateAsync(declined, "declined");
        return new Work(surviving, delivered, call, doomed, declined);
    }

    async Task<string> BackUpAsync(string party)
    {
        var file = Path.Combine(Folder, $"{party}-{Guid.CreateVersion7():n}.backup");
        var (exitCode, output) = await HotlineCommand.RunAsync(Folder, "backup", party, file);
        Assert.That(exitCode, Is.Zero, output);
        return file;
    }

    /// <summary>Two persons sign that the log begins anew: without that no witness cosigns it.</summary>
    async Task RestoreAsync(string party, string file)
    {
        await hotline.Hosts[party].StopAsync();
        var (restored, output) = await HotlineCommand.RunAsync(Folder, "restore", party, "--from", file);
        var (reopened, signed) = await HotlineCommand.RunAsync(
            Folder, "log", "reopen", party, "--key", hotline.Installation.PersonKeyFile(party, 1), "--key", hotline.Installation.PersonKeyFile(party, 2));
        await hotline.Hosts[party].StartAsync();
        Assert.That((restored, reopened), Is.EqualTo((0, 0)), output + signed);
    }

    static async Task ShredAsync(Actor asks, Actor approves, Guid subject)
    {
        var shredding = (await asks.PostAsync("shreddings", new JsonObject { ["subject"] = subject, ["reasonCode"] = "court-order" })).Good().Id;
        (await approves.PostAsync($"shreddings/{shredding}/approve")).Good();
    }

    /// <summary>Both sides say that it is delivered, and the agency has it once.</summary>
    async Task ArrivedOnceAsync(Guid referral)
    {
        await operators.SeesStateAsync(referral, "delivered");
        await officer.SeesStateAsync(referral, "delivered");
        foreach (var party in new[] { "intake", "police" })
            await Eventually.IsTrueAsync($"{party} has a receipt for everything about {referral}", async () => await hotline.ScalarAsync<long>(
                party, "select count(*) from sent_messages where referral_id = $1 and receipted_at is null and withdrawn_at is null", referral) == 0);
        Assert.That(await hotline.ScalarAsync<long>("police", "select count(*) from inbox where referral_id = $1 and kind = 'referral.sent'", referral), Is.EqualTo(1));
        Assert.That(await hotline.ScalarAsync<long>("police", "select count(*) from referral_history where referral_id = $1 and event = 'referral.sent'", referral), Is.EqualTo(1));
    }
}
