namespace Hotline.Transparency;

/// <summary>What a check came to, in words for people who know neither trees nor signatures: Vietnamese first, then English.</summary>
public static class PlainWords
{
    public static IReadOnlyList<string> Of(Proof outcome) => outcome switch
    {
        Proof.Sound =>
        [
            "Kết quả: NGUYÊN VẸN. Không có bản ghi nào bị sửa, xóa, chèn hoặc ghi lùi ngày.",
            "Result: SOUND. No record was changed, removed, inserted or dated back.",
        ],
        Proof.Tampered =>
        [
            "Kết quả: ĐÃ BỊ CAN THIỆP. Nhật ký kiểm tra không khớp với những gì đã được ký.",
            "Result: TAMPERED. The audit log does not agree with what was signed.",
        ],
        _ =>
        [
            "Kết quả: CHƯA THỂ KẾT LUẬN. Thiếu dữ liệu để kiểm tra.",
            "Result: CANNOT DECIDE. Something that the check needs is missing.",
        ],
    };

    /// <summary>A code in words; an unknown one as it is.</summary>
    public static string Of(string code) => code switch
    {
        "leaf.missing" => "Thiếu một bản ghi / a record is missing from the log",
        "leaf.changed" => "Một bản ghi đã bị sửa / a record of the log was changed",
        "leaf.wrong-time" => "Bản ghi bị ghi lùi hoặc ghi vượt ngày / a record is dated back or ahead",
        "leaf.not-in-log" or "leaf.unreadable" => "Bản ghi không có trong nhật ký đã ký / the record is not in the signed log",
        "record.missing" or "record.without-leaf" => "Nhật ký và bản gốc không khớp / log and original record do not match",
        "record.changed" or "record.other-than-leaf" => "Bản gốc hoặc lịch sử đã bị sửa / the original record or its history was changed",
        "record.key-missing" => "Mất khóa của bản ghi mà không có việc tiêu hủy / a record's key is gone, and was not destroyed by shredding",
        "shredding.unrecorded" => "Chưa có bản ghi về một việc tiêu hủy / a destruction is not on record yet",
        "history.missing" => "Thiếu một dòng lịch sử / a line of history is missing",
        "history.without-record" => "Dòng lịch sử không có trong nhật ký / a line of history is not in the log",
        "referral.changed" => "Trạng thái hiện tại khác lịch sử / the current state differs from the history",
        "referral.missing" => "Thiếu một lượt chuyển tuyến / a referral is missing",
        "log.cut" => "Nhật ký bị cắt ngắn / the log was cut",
        "log.other-than-signed" => "Nhật ký khác với bản đã ký / the log is another than was signed",
        WitnessRules.Fork => "Hai bản ký mâu thuẫn nhau / two signed heads contradict each other",
        WitnessRules.Inconsistent or WitnessRules.Rollback => "Bản ký sau không chứa bản ký trước / the later head does not contain the earlier one",
        "checkpoint.not-signed" or "proof.not-signed" => "Chữ ký không hợp lệ / a signature is not good",
        "checkpoint.out-of-order" => "Thứ tự các điểm kiểm tra sai / checkpoints are out of order",
        "checkpoint.several" => "Nhiều điểm kiểm tra khác nhau / several checkpoints in one bundle",
        "checkpoint.too-few-witnesses" => "Chưa đủ bên làm chứng / too few witnesses have cosigned",
        "checkpoint.no-proof" => "Cần bằng chứng nối hai bản ký / a proof between the two heads is needed",
        "checkpoint.other-log" => "Hai bản ký thuộc hai nhật ký khác nhau / the heads are of two different logs",
        "log.no-checkpoint" => "Chưa có điểm kiểm tra nào / there is no checkpoint yet",
        "receipt.not-signed" or "receipt.other-than-leaf" => "Biên nhận không hợp lệ / a receipt is not good",
        "log.reopening-not-signed" => "Nhật ký mở lại chưa có hai người ký / the reopened log is not signed by two persons yet",
        "witness.away" => "Không hỏi được bên làm chứng / a witness could not be asked",
        "verification.unrecorded" => "Không ghi được lần kiểm tra này / this verification could not be put on record",
        "bundle.unreadable" or "certificate.unreadable" => "Tệp không đúng định dạng / the file is not of the agreed form",
        "directory.not-signed" or "pin.unreadable" => "Danh mục khóa không có chữ ký hợp lệ / the key directory is not signed by the root key",
        "certificate.no-destruction" => "Bản ghi không phải là việc tiêu hủy / the record is not of a destruction",
        "case.not-named" => "Không có bản ghi nào nêu mã vụ việc này / no record names this case",
        "certificate.other-case" or "case.another" => "Bản ghi thuộc vụ việc khác / the record is about another case",
        "certificate.not-opened" or "record.not-opened" => "Không đối chiếu được bản ghi / the record cannot be compared with its leaf",
        "pin.another" => "Khóa gốc không phải khóa được giao / the root key is not the one that was given",
        _ => code,
    };
}
