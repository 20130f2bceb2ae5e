using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Npgsql;
using NpgsqlTypes;

namespace Hotline.Hosting.Storage;

/// <summary>
/// Statements that take their rows as arrays (<c>unnest($1::uuid[], ...)</c>), so that the same statement of many changes
/// runs once for all of them: for the hot tables that is most of what the database and this process would spend.
/// Must stay true: stacked, the rows keep their order and every one is written; what an update says depends on nothing
/// but its own row.
/// </summary>
public static partial class Rows
{
    static readonly ConcurrentDictionary<string, Column[]> Statements = new();

    /// <summary>One row for a statement whose parameters are all arrays, each named with its type as <c>$n::type[]</c>.</summary>
    public static NpgsqlBatchCommand Of(string statement, params ReadOnlySpan<object?> values)
    {
        var columns = Statements.GetOrAdd(statement, ColumnsOf);
        if (columns.Length != values.Length)
            throw new ArgumentException($"{columns.Length} parameters, {values.Length} values.", nameof(values));
        var command = new NpgsqlBatchCommand(statement);
        for (var i = 0; i < columns.Length; i++)
            command.Parameters.Add(columns[i].One(values[i]));
        return command;
    }

    /// <summary>
    /// The same commands with the rows of equal statements put together. An insert goes to the place of its first row, any
    /// other statement to that of its last: a row is there before it is changed.
    /// </summary>
    public static List<NpgsqlBatchCommand> Stack(IReadOnlyList<NpgsqlBatchCommand> commands)
    {
        var same = new Dictionary<string, List<NpgsqlBatchCommand>>();
        foreach (var command in commands)
            if (Statements.ContainsKey(command.CommandText))
            {
                if (!same.TryGetValue(command.CommandText, out var rows))
                    same[command.CommandText] = rows = [];
                rows.Add(command);
            }
        var stacked = new List<NpgsqlBatchCommand>(commands.Count);
        foreach (var command in commands)
        {
            if (!same.TryGetValue(command.CommandText, out var rows) || rows.Count == 1)
                stacked.Add(command);
            else if (ReferenceEquals(command, command.CommandText.StartsWith("insert", StringComparison.Ordinal) ? rows[0] : rows[^1]))
                stacked.Add(Together(rows));
        }
        return stacked;
    }

    static NpgsqlBatchCommand Together(List<NpgsqlBatchCommand> rows)
    {
        var columns = Statements[rows[0].CommandText];
        var command = new NpgsqlBatchCommand(rows[0].CommandText);
        for (var i = 0; i < columns.Length; i++)
            command.Parameters.Add(columns[i].Many(rows, i));
        return command;
    }

    static Column[] ColumnsOf(string statement)
    {
        var types = Parameter().Matches(statement).Select(m => (Place: int.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), Type: m.Groups[2].Value)).Distinct().OrderBy(t => t.Place).ToList();
        return types.Select(t => t.Place).SequenceEqual(Enumerable.Range(1, types.Count))
            ? [.. types.Select(t => ColumnOf(t.Type))]
            : throw new ArgumentException("Every parameter is an array of one type: $1::type[], $2::type[] ...", nameof(statement));
    }

    static Column ColumnOf(string type) => type switch
    {
        "uuid" => new Column<Guid?>(NpgsqlDbType.Uuid, v => (Guid?)v),
        "text" => new Column<string?>(NpgsqlDbType.Text, v => (string?)v),
        "int" => new Column<int?>(NpgsqlDbType.Integer, v => (int?)v),
        "bigint" => new Column<long?>(NpgsqlDbType.Bigint, v => (long?)v),
        "boolean" => new Column<bool?>(NpgsqlDbType.Boolean, v => (bool?)v),
        "bytea" => new Column<byte[]?>(NpgsqlDbType.Bytea, v => (byte[]?)v),
        "timestamptz" => new Column<DateTime?>(NpgsqlDbType.TimestampTz, v => ((DateTimeOffset?)v)?.UtcDateTime),
        _ => throw new ArgumentException($"{type} is no type of a column here.", nameof(type)),
    };

    [GeneratedRegex(@"\$(\d+)::([a-z]+)\[\]")]
    private static partial Regex Parameter();

    abstract class Column
    {
        public abstract NpgsqlParameter One(object? value);

        public abstract NpgsqlParameter Many(List<NpgsqlBatchCommand> rows, int place);
    }

    sealed class Column<T>(NpgsqlDbType type, Func<object?, T> read) : Column
    {
        public override NpgsqlParameter One(object? value) => Parameter([read(value)]);

        public override NpgsqlParameter Many(List<NpgsqlBatchCommand> rows, int place)
        {
            var values = new T[rows.Count];
            for (var i = 0; i < values.Length; i++)
                values[i] = ((NpgsqlParameter<T[]>)rows[i].Parameters[place]).TypedValue![0];
            return Parameter(values);
        }

        NpgsqlParameter<T[]> Parameter(T[] values) => new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
    }
}
