namespace Hotline.Provisioning.Servers;

/// <summary>Files with credentials: mode 0600 from the first byte on, replaced whole or not at all.</summary>
public static class SecretFile
{
    public static void Write(string path, string content)
    {
        var draft = $"{path}.new";
        File.Delete(draft);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var writer = new StreamWriter(draft, options))
            writer.Write(content);
        File.Move(draft, path, overwrite: true);
    }
}
