namespace Hotline.Hosting.Messages;

/// <summary>Wakes the relay after a commit, inside the process: a NOTIFY in the hot transaction would cost half of the commit rate.</summary>
public sealed class OutboxSignal : WakeSignal;
