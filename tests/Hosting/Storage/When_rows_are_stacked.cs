using Hotline.Hosting.Storage;
using Npgsql;
using NUnit.Framework;

namespace Hotline.Hosting.Tests.Storage;

public class When_rows_are_stacked
{
    const string Insert = "insert into things (id, at, said) select * from unnest($1::uuid[], $2::timestamptz[], $3::text[])";
    const string Update = "update things t set said = n.said from unnest($1::uuid[], $2::text[]) as n(id, said) where t.id = n.id";

    static readonly DateTimeOffset Now = new(2026, 11, 25, 8, 0, 0, TimeSpan.FromHours(7));
    static readonly Guid First = Guid.CreateVersion7(Now);
    static readonly Guid Second = Guid.CreateVersion7(Now);

    [Test]
    public void Should_write_equal_statements_once_with_their_rows_in_order()
    {
        NpgsqlBatchCommand[] commands = [Rows.Of(Insert, First, Now, "a"), Rows.Of(Insert, Second, Now, null), Rows.Of(Insert, null, null, "c")];

        var stacked = Rows.Stack(commands);

        Assert.That(stacked, Has.Count.EqualTo(1));
        Assert.Multiple(() =>
        {
            Assert.That(Values<Guid?>(stacked[0], 0), Is.EqualTo(new Guid?[] { First, Second, null }));
            Assert.That(Values<DateTime?>(stacked[0], 1), Is.EqualTo(new DateTime?[] { Now.UtcDateTime, Now.UtcDateTime, null }));
            Assert.That(Values<string?>(stacked[0], 2), Is.EqualTo(new[] { "a", null, "c" }));
        });
    }

    [Test]
    public void Should_put_a_row_in_before_it_is_changed()
    {
        NpgsqlBatchCommand[] commands =
        [
            Rows.Of(Update, First, "a"), Sql.Command("select 1"), Rows.Of(Insert, First, Now, "b"), Rows.Of(Update, Second, "c"), Rows.Of(Insert, Second, Now, "d"), Rows.Of(Update, First, "e"),
        ];

        var stacked = Rows.Stack(commands);

        Assert.That(stacked.Select(c => c.CommandText), Is.EqualTo(new[] { "select 1", Insert, Update }));
        Assert.That(Values<string?>(stacked[2], 1), Is.EqualTo(new[] { "a", "c", "e" }));
    }

    [Test]
    public void Should_leave_other_commands_as_they_are()
    {
        NpgsqlBatchCommand[] commands = [Sql.Command("select $1", 1), Rows.Of(Insert, First, Now, "a"), Sql.Command("select $1", 2)];

        var stacked = Rows.Stack(commands);

        Assert.That(stacked, Is.EqualTo(commands));
    }

    [TestCase("insert into things select * from unnest($2::uuid[])")]
    [TestCase("insert into things select * from unnest($1::uuid[], $2::money[])")]
    public void Should_not_take_a_statement_of_another_form(string statement) =>
        Assert.That(() => Rows.Of(statement, First), Throws.ArgumentException);

    static T[] Values<T>(NpgsqlBatchCommand command, int place) => ((NpgsqlParameter<T[]>)command.Parameters[place]).TypedValue!;
}
