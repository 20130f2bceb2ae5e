using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline.Contracts;
using Hotline.Provisioning.Installations;
using Hotline.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace Hotline.Benchmarks.Product;

/// <summary>
/// Fills the hub's database as years of work would: calls with a data key of their own, content and number really
/// sealed; of ten calls one became a case, with one referral, nearly all of them closed. Invented throughout.
/// </summary>
sealed class Archive(InstalledParty hub)
{
    const int Chunk = 20_000;
    const int CallsPerNumber = 3;

    static readonly DateTime Start = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    static readonly string[] Families = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Lò", "Vàng", "Giàng", "Sùng"];
    static readonly string[] Middles = ["Thị", "Văn", "Thị Thu", "Đức", "Thị Hồng", "Minh", "Thị Ngọc", "Hữu", "Thị Kim", "Quốc", "Thị Bích", "A", "Thị Mỹ", "Xuân", "Thị Lan", "Thanh"];
    static readonly string[] Givens =
    [
        "An", "Bình", "Chi", "Dung", "Đào", "Giang", "Hà", "Hòa", "Hương", "Khánh", "Lan", "Linh", "Mai", "My", "Nga", "Oanh", "Phương", "Quyên", "Sen", "Tâm",
        "Thảo", "Trang", "Uyên", "Vân", "Xuân", "Yến", "Ánh", "Diệp", "Hạnh", "Liên", "Nhung", "Thúy",
    ];

    /// <summary>One call of so many became a case.</summary>
    public int CallsPerCase { get; init; } = 10;

    /// <summary>Of a thousand referrals, how many are closed.</summary>
    public int ClosedOfThousand { get; init; } = 980;

    /// <summary>With a victim of a name, a year of birth and a province, and the terms that find them.</summary>
    public bool Named { get; init; }

    readonly StorageKeys storage = StorageKeys.Load(hub.Settings.KeyFolder);
    readonly byte[] content = Encoding.UTF8.GetBytes("""{"channel":"phone","language":"vi","disposition":"referral","summary":"Cuộc gọi giả định để đo tốc độ của các danh sách."}""");

    sealed record Row(int Number, Guid Id, DateTime At, DataKey Key)
    {
        public Guid CaseId { get; } = Guid.CreateVersion7(At);
        public Guid ReferralId { get; } = Guid.CreateVersion7(At);
    }

    /// <summary>A search for the number of that call.</summary>
    public static byte[] Search(int call) => OperatorClient.Bytes(new JsonObject { ["callerNumber"] = Caller(call).Replace("+84", "0", StringComparison.Ordinal) });

    /// <summary>Adds calls from one number up to another; the later, the younger.</summary>
    public async Task FillAsync(int from, int to)
    {
        await using var cases = new NpgsqlConnection(hub.Databases.Owner + ";Command Timeout=600");
        await using var keys = new NpgsqlConnection(hub.Databases.OwnerKeyStore + ";Command Timeout=600");
        await cases.OpenAsync();
        await keys.OpenAsync();
        for (var first = from; first < to; first += Chunk)
        {
            var rows = Enumerable.Range(first, Math.Min(Chunk, to - first)).Select(New).ToList();
            await KeysAsync(keys, rows);
            await CallsAsync(cases, rows);
            if (Named)
                await TermsAsync(cases, rows);
            await CasesAsync(cases, rows.Where(r => r.Number % CallsPerCase == 0).ToList());
            rows.ForEach(r => r.Key.Dispose());
        }
        await using var analyze = new NpgsqlCommand("vacuum analyze", cases);
        await analyze.ExecuteNonQueryAsync();
    }

    Row New(int number)
    {
        var at = Start.AddMinutes(3.0 * number);
        return new Row(number, Guid.CreateVersion7(at), at, storage.NewDataKey(Guid.CreateVersion7(at)));
    }

    /// <summary>An invented victim's name, and as somebody without a Vietnamese keyboard types it.</summary>
    public static (string Full, string Folded) NameOf(int call)
    {
        // Spread, so that neighbours do not share their names; common names stay common.
        var n = (int)((uint)call * 2654435761u >> 8);
        var name = $"{Families[Skewed(n, Families.Length)]} {Middles[n / 16 % Middles.Length]} {Givens[n / 256 % Givens.Length]}";
        return (name, Intake.Text.Fold(name));
    }

    // Every third is of the first family, as in life.
    static int Skewed(int n, int length) => n % 3 == 0 ? 0 : n / 3 % length;

    public static string Caller(int call) => "+8499" + (call / CallsPerNumber).ToString("D7", CultureInfo.InvariantCulture);

    async Task KeysAsync(NpgsqlConnection connection, List<Row> rows)
    {
        await using var copy = await connection.BeginBinaryImportAsync("copy data_keys (id, wrapped) from stdin (format binary)");
        foreach (var row in rows)
            await copy.WriteRowAsync(default, row.Key.Id, storage.Wrap(row.Key));
        await copy.CompleteAsync();
    }

    static Call CallOf(Row row) => new()
    {
        StartedAt = row.At,
        Channel = "phone",
        Language = "vi",
        CallerNumber = Caller(row.Number),
        Disposition = "referral",
        Summary = "Cuộc gọi giả định để đo tốc độ của việc tìm vụ việc. Người nhà kể lại những gì đã nghe được qua điện thoại.",
        Persons = [new Person { Role = "victim", FullName = NameOf(row.Number).Full, BirthYear = 1960 + row.Number % 50, Sex = "female", Situation = "held" }],
        PlaceOfEvent = new PlaceOfEvent { Country = "VN", ProvinceCode = CodeList.Of("province").Items[row.Number % 34].Value },
    };

    async Task TermsAsync(NpgsqlConnection connection, List<Row> rows)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = 600 };
        foreach (var row in rows)
            batch.BatchCommands.Add(Intake.Calls.CallTerms.Write(row.Id, CallOf(row), storage));
        await batch.ExecuteNonQueryAsync();
    }

    async Task CallsAsync(NpgsqlConnection connection, List<Row> rows)
    {
        await using var copy = await connection.BeginBinaryImportAsync(
            "copy calls (id, reference, status, disposition, key_id, content, caller_index, caller_number, created_by, created_at, updated_at, completed_at) from stdin (format binary)");
        foreach (var row in rows)
        {
            var number = Caller(row.Number);
            await copy.StartRowAsync();
            await copy.WriteAsync(row.Id);
            await copy.WriteAsync($"HL-OLD-{row.Number:D7}");
            await copy.WriteAsync("completed");
            await copy.WriteAsync("referral");
            await copy.WriteAsync(row.Key.Id);
            await copy.WriteAsync(row.Key.Seal(Named ? JsonSerializer.SerializeToUtf8Bytes(CallOf(row), Wire.Json) : content, new CellAddress("calls", row.Id, "content", 1)));
            await copy.WriteAsync((short)storage.BlindIndex(number, Intake.Calls.SealedCall.CallerNumberPurpose));
            await copy.WriteAsync(row.Key.SealText(number, Intake.Calls.CallCell.CallerNumber(row.Id)));
            await copy.WriteAsync(Guid.Empty);
            for (var i = 0; i < 3; i++)
                await copy.WriteAsync(row.At, NpgsqlDbType.TimestampTz);
        }
        await copy.CompleteAsync();
    }

    async Task CasesAsync(NpgsqlConnection connection, List<Row> rows)
    {
        await using (var copy = await connection.BeginBinaryImportAsync("copy cases (id, code, key_id, created_by, created_at) from stdin (format binary)"))
        {
            foreach (var row in rows)
                await copy.WriteRowAsync(default, row.CaseId, $"VU-OLD-{row.Number:D7}", row.Key.Id, Guid.Empty, row.At);
            await copy.CompleteAsync();
        }
        await using (var copy = await connection.BeginBinaryImportAsync("copy case_calls (case_id, call_id, position, attached_by, attached_at) from stdin (format binary)"))
        {
            foreach (var row in rows)
                await copy.WriteRowAsync(default, row.CaseId, row.Id, 1, Guid.Empty, row.At);
            await copy.CompleteAsync();
        }
        await using (var copy = await connection.BeginBinaryImportAsync(
            "copy referrals (id, reference, case_id, peer, class, urgency, desk, key_id, state, created_by, created_at, sent_at, delivered_at, acknowledged_at, watch_due_at) from stdin (format binary)"))
        {
            foreach (var row in rows)
                await copy.WriteRowAsync(default, row.ReferralId, $"CT-OLD-{row.Number:D7}", row.CaseId, "police", "live", "P1", "central", row.Key.Id,
                    row.Number / CallsPerCase % 1000 < ClosedOfThousand ? "closed" : "accepted", Guid.Empty, row.At, row.At, row.At, row.At,
                    // Nothing of it can be late any more.
                    DBNull.Value);
            await copy.CompleteAsync();
        }
    }
}
