namespace Hotline.Provisioning.Hosts;

/// <summary>Where the services' programs are: beside us in the clone's build output, or published to a folder.</summary>
public sealed class HostPrograms
{
    readonly Func<string, string> fileOf;

    HostPrograms(Func<string, string> fileOf) => this.fileOf = fileOf;

    /// <summary>
    /// The build output of this clone, of the same configuration (Debug, Release) as the running program; or, where
    /// HOTLINE_HOSTS is set, that folder of published programs.
    /// </summary>
    public static HostPrograms Find()
    {
        if (Environment.GetEnvironmentVariable("HOTLINE_HOSTS") is { Length: > 0 } published) return Published(published);
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var (framework, configuration) = (output.Name, output.Parent?.Name ?? "Debug");
        return new HostPrograms(project => Path.Combine(Clone.Folder, "services", FolderOf(project), "bin", configuration, framework, $"Hotline.{project}.dll"));
    }

    /// <summary>A folder with one published program per project, for example <c>{folder}/Intake/Hotline.Intake.dll</c>.</summary>
    public static HostPrograms Published(string folder) => new(project => Path.Combine(folder, project, $"Hotline.{project}.dll"));

    /// <exception cref="ProvisioningException">The program has not been built.</exception>
    public string For(string party)
    {
        var file = fileOf(ProjectOf(party));
        return File.Exists(file) ? file : throw new ProvisioningException($"{file} is not there. Build the solution first: dotnet build Hotline.sln");
    }

    /// <summary>The profile that came with the agency's own program; null where it has none, and at the hub.</summary>
    public string? ProfileOf(string party)
    {
        var file = Path.Combine(Path.GetDirectoryName(fileOf(ProjectOf(party)))!, "profile.json");
        return ProjectOf(party) is not ("Intake" or "Standard") && File.Exists(file) ? file : null;
    }

    public static string ProjectOf(string party) => party switch
    {
        Contracts.Parties.Hub => "Intake",
        "police" => "Police",
        "border-guard" => "BorderGuard",
        "womens-union" => "WomensUnion",
        "child-protection" => "ChildProtection",
        _ => "Standard",
    };

    static string FolderOf(string project) => project == "Intake" ? "Intake" : Path.Combine("Agencies", project);
}

/// <summary>The clone that the running program was built in.</summary>
public static class Clone
{
    /// <exception cref="ProvisioningException">The program does not run from a clone.</exception>
    public static string Folder { get; } = Find() ?? throw new ProvisioningException("This program runs outside of a clone of the repository: set HOTLINE_HOSTS, and pass --state.");

    static string? Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "Hotline.sln"))) return at.FullName;
        return null;
    }
}
