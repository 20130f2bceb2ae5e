using System.Net;
using System.Text.Json.Nodes;
using Hotline.Intake.Calls;
using Hotline.Sealing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Calls;

public sealed class When_a_caller_is_looked_up
{
    RunningHotline hotline = null!;
    Actor operators = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await SharedHotline.GetAsync();
        operators = await hotline.AsOperator();
    }

    [TestCase("0912 000 717", "0912000717", "+84912000717", "0084 912 000 717", "(+84) 912-000-717", "84912000717", "0912.000.717", "\u200B0912\u00A0000\u202C717", "\u202A+84 912 000 717\u202C", "+84 (0)912 000 717")]
    [TestCase("0169 2000 717", "0392000717", "+84 392 000 717", "+84 169 2000 717", "01692000717")]
    [TestCase("+855 12 000 717", "0085512000717", "(+855) 12-000-717", "\u202A+855 12 000 717", "85512000717")]
    [TestCase("024 3000 717", "+84 24 3000 717", "02430007 17")]
    [TestCase("069.2348717", "069 2348 717")]
    public async Task Should_be_found_in_any_format(string called, params string[] asked)
    {
        var call = (await operators.PostAsync("calls", new JsonObject { ["callerNumber"] = called })).Good();

        foreach (var number in asked.Append(called))
        {
            var found = (await operators.PostAsync("calls/search", new JsonObject { ["callerNumber"] = number })).Good();
            Assert.That(Ids(found), Does.Contain(call.Id), number);
        }
        var kept = (await operators.GetAsync($"calls/{call.Id}")).Good();
        Assert.That(kept["callerNumber"], Is.EqualTo(called), "the raw number is kept");
    }

    [Test]
    public async Task Should_not_be_taken_for_another_whose_number_has_the_same_bits()
    {
        var (one, other) = TwoOfOneIndex();
        var first = (await operators.PostAsync("calls", new JsonObject { ["callerNumber"] = one })).Good();
        var second = (await operators.PostAsync("calls", new JsonObject { ["callerNumber"] = other })).Good();

        var found = (await operators.PostAsync("calls/search", new JsonObject { ["callerNumber"] = one })).Good();
        var shared = await hotline.ScalarAsync<long>("intake", "select count(distinct caller_index) from calls where id in ($1, $2)", first.Id, second.Id);

        Assert.That(shared, Is.EqualTo(1), "they share the index");
        Assert.That(Ids(found), Does.Contain(first.Id).And.Not.Contain(second.Id));
    }

    [Test]
    public async Task Should_find_nobody_by_a_label_and_not_search_for_nothing()
    {
        (await operators.PostAsync("calls", new JsonObject { ["callerNumber"] = "Số ẩn" })).Good();

        var label = (await operators.PostAsync("calls/search", new JsonObject { ["callerNumber"] = "Số ẩn" })).Good();
        var nothing = await operators.PostAsync("calls/search", new JsonObject());

        Assert.That(Ids(label), Is.Empty);
        Assert.That((nothing.Status, nothing.Code), Is.EqualTo((HttpStatusCode.BadRequest, "request.malformed")));
    }

    [Test]
    public async Task Should_be_found_page_by_page_without_gaps_or_doubles()
    {
        var made = new HashSet<Guid>();
        for (var i = 0; i < 5; i++)
            made.Add((await operators.PostAsync("calls", new JsonObject { ["callerNumber"] = "0912 000 555" })).Good().Id);

        var seen = new List<Guid>();
        string? next = null;
        do
        {
            var page = (await operators.PostAsync($"calls/search?limit=2{(next is null ? "" : $"&cursor={next}")}", new JsonObject { ["callerNumber"] = "+84912000555" })).Good();
            seen.AddRange(Ids(page));
            next = page.Json["next"]?.GetValue<string>();
        }
        while (next is not null);

        Assert.That(seen, Is.Unique);
        Assert.That(seen, Is.EquivalentTo(made));
    }

    (string One, string Other) TwoOfOneIndex()
    {
        var storage = StorageKeys.Load(hotline.Installation.Parties["intake"].Settings.KeyFolder);
        var seen = new Dictionary<int, string>();
        for (var i = 0; i < 100_000; i++)
        {
            var number = $"09870{i:D5}";
            var index = storage.BlindIndex(PhoneNumber.Normalise(number)!, SealedCall.CallerNumberPurpose);
            if (!seen.TryAdd(index, number))
                return (seen[index], number);
        }
        throw new InvalidOperationException("An index of 15 bits cannot be unique for 100,000 numbers.");
    }

    static IEnumerable<Guid> Ids(Answer found) => found.Json["items"]!.AsArray().Select(i => Guid.Parse(i!["id"]!.GetValue<string>()));
}
