namespace Hotline.Hosting.Messages;

/// <summary>
/// Whether messages come in crowds at this moment. What can wait a little looks here before it takes its share of a
/// machine that somebody's referral needs first.
/// </summary>
public sealed class InboxRush(TimeProvider time)
{
    static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    long last;

    public bool IsOn => Volatile.Read(ref last) is not 0 and var seen && time.GetElapsedTime(seen) < Moment;

    /// <summary>How many messages the inbox took in one turn.</summary>
    public void Came(int together)
    {
        if (together >= Storage.Gathering.Company)
            Volatile.Write(ref last, time.GetTimestamp());
    }
}
