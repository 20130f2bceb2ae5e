namespace Hotline.Provisioning.Servers;

/// <summary>Where the private servers keep their files.</summary>
static class ServerFolder
{
    /// <summary>
    /// The state folder itself, where the servers' accounts can enter it. A clone below a private home (root's, say)
    /// cannot be entered by them: then a folder of its own under /var/lib, named after the state folder.
    /// </summary>
    public static string For(string stateFolder)
    {
        Directory.CreateDirectory(stateFolder);
        if (OperatingSystem.IsWindows()) return stateFolder;
        Open(stateFolder);
        if (!Environment.IsPrivilegedProcess || EveryoneMayEnter(stateFolder)) return stateFolder;
        var elsewhere = $"/var/lib/hotline/{stateFolder.Trim('/').Replace('/', '-')}";
        Directory.CreateDirectory(elsewhere);
        Open("/var/lib/hotline");
        Open(elsewhere);
        return elsewhere;
    }

    /// <summary>0711: others may pass through to what is theirs, and may not look around.</summary>
    static void Open(string folder)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    static bool EveryoneMayEnter(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
            if (!at.UnixFileMode.HasFlag(UnixFileMode.OtherExecute)) return false;
        return true;
    }
}
