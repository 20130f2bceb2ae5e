using Hotline.Handling.Profiles;

namespace Hotline.Provisioning.Installations;

/// <summary>Agencies that came after the first four: each is a profile in <c>agencies/</c> of the state folder, and no code.</summary>
public static class AddedAgencies
{
    /// <summary>The standard agencies and those added, in that order.</summary>
    public static IReadOnlyList<string> AllOf(string stateFolder)
    {
        var folder = Path.Combine(stateFolder, "agencies");
        var added = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)) : [];
        return [.. InstallationPlan.StandardAgencies, .. added.Order(StringComparer.Ordinal).Except(InstallationPlan.StandardAgencies)];
    }

    public static string ProfileFile(string stateFolder, string agency) => Path.Combine(stateFolder, "agencies", $"{agency}.json");

    /// <summary>Keeps an agency's profile; the next preparation makes the rest.</summary>
    /// <exception cref="ProvisioningException">The name or the profile cannot be used.</exception>
    public static void Add(string stateFolder, string agency, string profile)
    {
        if (agency.Length is 0 or > 40 || agency == Contracts.Parties.Hub || !agency.All(letter => letter is >= 'a' and <= 'z' or '-') || agency.StartsWith('-') || agency.EndsWith('-'))
            throw new ProvisioningException("An agency's name has lower-case letters and hyphens, at most 40, for example coast-guard.");
        try
        {
            _ = AgencyProfile.Load(profile, agency);
        }
        catch (Exception unusable) when (unusable is IOException or InvalidDataException or System.Text.Json.JsonException)
        {
            throw new ProvisioningException($"{profile} is no profile of {agency}: {unusable.Message}", unusable);
        }
        Folder.Private(stateFolder, "agencies");
        File.Copy(profile, ProfileFile(stateFolder, agency), overwrite: true);
    }
}
