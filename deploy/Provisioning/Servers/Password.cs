using System.Security.Cryptography;

namespace Hotline.Provisioning.Servers;

/// <summary>Random passwords: letters and digits only, so that they survive every address, file and shell.</summary>
public static class Password
{
    public static string Create(int length = 32) =>
        RandomNumberGenerator.GetString("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", length);
}
