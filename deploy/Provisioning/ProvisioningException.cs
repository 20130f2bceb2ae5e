namespace Hotline.Provisioning;

/// <summary>Something about this machine keeps the hotline from running; the message says what to do about it.</summary>
public sealed class ProvisioningException(string message, Exception? cause = null) : Exception(message, cause);
