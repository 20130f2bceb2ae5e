namespace Hotline.Hosting.Messages;

/// <summary>
/// How many rejections a sender is still told: one a second (protocol.md, "Kinds"). What the sender mends at once by
/// sealing again comes in crowds after a rotation, so a crowd of it may be answered; but two parties that both hold old
/// keys must not reject each other's rejections without end.
/// </summary>
sealed class RejectionAllowance(TimeProvider time)
{
    const int Crowd = 1000;

    readonly Lock one = new();
    readonly Dictionary<(string Sender, bool Mendable), (double Left, long At)> left = [];

    public bool Take(string sender, string code)
    {
        var mendable = code is "unknown-key" or "expired";
        var most = mendable ? Crowd : 1.0;
        lock (one)
        {
            var stamp = time.GetTimestamp();
            var (before, at) = left.GetValueOrDefault((sender, mendable), (most, stamp));
            var now = Math.Min(most, before + time.GetElapsedTime(at, stamp).TotalSeconds);
            left[(sender, mendable)] = (now >= 1 ? now - 1 : now, stamp);
            return now >= 1;
        }
    }
}
