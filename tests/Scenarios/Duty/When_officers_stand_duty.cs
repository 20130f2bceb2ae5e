using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Scenarios.Tests.Duty;

/// <summary>What an officer on duty sees and proves: pages on an open console, referrals of another desk, contacts, real channels in an exercise.</summary>
public sealed class When_officers_stand_duty
{
    RunningHotline hotline = null!;
    Actor operators = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync(plan => plan with { SimulateChannels = true }, "police");
        operators = await hotline.AsOperator();
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test]
    public async Task Should_show_a_page_on_an_open_console_and_count_it_as_delivered()
    {
        var ((officer, name, _), (bystander, _, _)) = (await HireAsync("01"), await HireAsync("79"));
        await hotline.PutOnDutyAsync("police", "01", $"primary={name}");
        await using var console = await EventStream.OpenAsync(hotline.Hosts["police"].Url, officer.Token!);
        await using var other = await EventStream.OpenAsync(hotline.Hosts["police"].Url, bystander.Token!);

        var referral = await operators.ReferNewAsync("police", "P1");
        var page = await console.NextAsync("page", referral);

        var reference = (await operators.GetAsync($"referrals/{referral}"))["reference"];
        Assert.That(((string?)page["reference"], (string?)page["urgency"]), Is.EqualTo((reference, "P1")));
        await Eventually.IsTrueAsync("the page counts as delivered", async () => (await officer.GetAsync($"referrals/{referral}/attempts")).Json["items"]!.AsArray()
            .Any(i => (string?)i!["channel"] == "console" && (string?)i["state"] == "delivered"));
        Assert.That(other.Seen.Where(e => e.Contains(reference, StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task Should_say_that_no_console_was_open_and_tell_the_hotline()
    {
        var (_, name, _) = await HireAsync("01");
        await hotline.PutOnDutyAsync("police", "01", $"primary={name}");

        var referral = await operators.ReferNewAsync("police", "P1");

        await Eventually.IsTrueAsync("the hotline knows", async () => (await operators.GetAsync($"referrals/{referral}/history")).Json["items"]!.AsArray()
            .SelectMany(i => i!["detail"]?["pages"]?.AsArray() ?? []).Any(p => (string?)p!["channel"] == "console" && (string?)p["reason"] == "no-console-open"));
    }

    [Test]
    public async Task Should_let_whoever_is_on_duty_for_a_referral_see_it_though_of_another_unit()
    {
        var ((onDuty, name, _), (colleague, _, _)) = (await HireAsync("79"), await HireAsync("79"));
        await hotline.PutOnDutyAsync("police", "01", $"primary={name}");

        var referral = await operators.ReferNewAsync("police", "P1");
        await Eventually.IsTrueAsync("the officer on duty sees it", async () => (await onDuty.GetAsync($"referrals/{referral}")).Status == HttpStatusCode.OK);
        var hidden = await colleague.GetAsync($"referrals/{referral}");
        (await onDuty.PostAsync($"referrals/{referral}/acknowledge")).Good();

        Assert.That(hidden.Code, Is.EqualTo("not-found"));
        await operators.SeesStateAsync(referral, "acknowledged");
    }

    [Test]
    public async Task Should_send_a_code_to_a_contact_and_verify_it_by_that()
    {
        const string phone = "0912 000 955";
        var (officer, _, id) = await HireAsync("central");
        var path = $"officers/{id}/contacts";
        var before = (await officer.GetAsync(path)).Good();
        var wanted = before.Json.DeepClone().AsObject();
        wanted["contacts"] = new JsonArray(new JsonObject { ["channel"] = "sms", ["address"] = phone });
        var contact = (await officer.PutAsync(path, wanted, before.ETag)).Good().Json["contacts"]![0]!["id"]!.GetValue<Guid>();

        var sent = await officer.PostAsync($"{path}/verify", new JsonObject { ["contactId"] = contact });
        var soon = await officer.PostAsync($"{path}/verify", new JsonObject { ["contactId"] = contact });
        var text = (await Eventually.GetAsync(
            "the code is on the phone", () => Task.FromResult(hotline.Simulator.Devices.Messages.FirstOrDefault(m => m.To == phone)), m => m is not null))!.Text;
        var verified = await officer.PostAsync($"{path}/verify", new JsonObject { ["contactId"] = contact, ["code"] = Regex.Match(text, @"\d{6}").Value });

        Assert.That((sent.Good().State, soon.Code, verified.Good().State), Is.EqualTo(("sent", "contact.code-too-soon", "verified")));
        Assert.That(hotline.Simulator.Devices.Messages.Count(m => m.To == phone), Is.EqualTo(1));
    }

    [Test]
    public async Task Should_let_a_supervisor_enable_real_channels_for_one_run_and_nobody_else()
    {
        var (supervisor, officer) = (await hotline.AsSupervisor(), await hotline.AsDutyOfficer("police"));
        var hour = new JsonObject { ["enabledFor"] = "01:00:00" };

        var (byOperator, byOfficer) = (await operators.PutAsync("exercise-channels", hour, null), await officer.PutAsync("exercise-channels", hour, null));
        var (tooLong, without) = (
            await supervisor.PutAsync("exercise-channels", new JsonObject { ["enabledFor"] = "08:00:01" }, null), await supervisor.PutAsync("exercise-channels", new JsonObject(), null));
        var untouched = await operators.GetAsync("exercise-channels");
        var enabled = (await supervisor.PutAsync("exercise-channels", hour, null)).Good();
        var inForce = await hotline.ScalarAsync<bool>("intake", "select enabled_until > hotline_now() from exercise_channels");
        (await supervisor.PutAsync("exercise-channels", new JsonObject { ["enabledFor"] = "00:00:00" }, null)).Good();

        Assert.That((byOperator.Code, byOfficer.Code), Is.EqualTo(("access.denied", "access.denied")));
        Assert.That((tooLong.Code, without.Code), Is.EqualTo(("request.malformed", "request.malformed")));
        Assert.That((untouched.Json["enabledUntil"], (string?)enabled.Json["enabledBy"], inForce), Is.EqualTo(((JsonNode?)null, "supervisor", true)));
        Assert.That(await hotline.ScalarAsync<bool>("intake", "select enabled_until > hotline_now() from exercise_channels"), Is.False);
        Assert.That(
            await hotline.ScalarAsync<string[]>("intake", "select array_agg(leaf::jsonb->>'kind' order by id) from audit.records where leaf::jsonb->>'kind' like 'exercise.%'"),
            Is.EqualTo(new[] { "exercise.channels-enabled", "exercise.channels-disabled" }));
    }

    async Task<(Actor Officer, string Name, Guid Id)> HireAsync(string unit)
    {
        var officer = await hotline.HireAsync("police", "dutyOfficer", unit);
        // Ids are in the order of time.
        var name = (await hotline.ScalarAsync<string>("police", "select user_name from accounts order by id desc limit 1"))!;
        return (officer, name, await hotline.ScalarAsync<Guid>("police", "select id from accounts where user_name = $1", name));
    }

    /// <summary>An open stream of server-sent events, as a browser has one.</summary>
    sealed class EventStream : IAsyncDisposable
    {
        readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };
        readonly CancellationTokenSource end = new();
        readonly List<string> seen = [];
        Task reading = Task.CompletedTask;

        /// <summary>The data of all events so far.</summary>
        public IReadOnlyList<string> Seen
        {
            get
            {
                lock (seen)
                    return [.. seen];
            }
        }

        public static async Task<EventStream> OpenAsync(Uri service, string token)
        {
            var stream = new EventStream();
            stream.http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var opened = new TaskCompletionSource();
            stream.reading = stream.ReadAsync(new Uri(service, "/api/v1/events"), opened);
            await opened.Task;
            return stream;
        }

        public async Task<JsonNode> NextAsync(string kind, Guid subject) => (await Eventually.GetAsync(
            $"{kind} of {subject} is on the console",
            () => Task.FromResult(Seen.Select(data => JsonNode.Parse(data)!).FirstOrDefault(e => (string?)e["kind"] == kind && (string?)e["subject"] == subject.ToString())),
            e => e is not null))!;

        async Task ReadAsync(Uri url, TaskCompletionSource opened)
        {
            try
            {
                using var answer = await http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, end.Token);
                using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(end.Token));
                while (await lines.ReadLineAsync(end.Token) is { } line)
                {
                    // The first line comes when the subscription is open.
                    opened.TrySetResult();
                    if (line.StartsWith("data: ", StringComparison.Ordinal))
                        lock (seen)
                            seen.Add(line[6..]);
                }
            }
            catch (Exception ended) when (ended is OperationCanceledException or IOException)
            {
                opened.TrySetCanceled();
            }
        }

        public async ValueTask DisposeAsync()
        {
            await end.CancelAsync();
            await reading;
            http.Dispose();
            end.Dispose();
        }
    }
}

/// <summary>In production there is no exercise that anything could be enabled for.</summary>
public sealed class When_a_hotline_is_in_production
{
    [Test]
    public async Task Should_refuse_to_enable_channels_for_an_exercise()
    {
        await using var hotline = await RunningHotline.StartAsync(plan => plan with { Environment = "production" }, "police");

        var refused = await (await hotline.AsFocalPoint("police")).PutAsync("exercise-channels", new JsonObject { ["enabledFor"] = "01:00:00" }, null);

        Assert.That((refused.Status, refused.Code), Is.EqualTo((HttpStatusCode.Conflict, "exercise.in-production")));
        Assert.That(await hotline.ScalarAsync<bool>("police", "select enabled_until is null from exercise_channels"), Is.True);
    }
}
