using System.Text.Json.Nodes;
using Hotline.Testing.Running;

namespace Hotline.Testing.Actors;

/// <summary>Further people, where one of a role is not enough.</summary>
public static class Staff
{
    static int number;

    /// <summary>A new account, made by the party's administrator and signed in.</summary>
    public static async Task<Actor> HireAsync(this RunningHotline hotline, string party, string role, string unit = "central")
    {
        // Not to be taken for one of the demonstration's duty officers.
        var name = $"{role.ToLowerInvariant()}-hired-{Interlocked.Increment(ref number)}";
        var made = (await (await hotline.AsAdministrator(party)).PostAsync("accounts", new JsonObject
        {
            ["userName"] = name,
            ["alias"] = name,
            ["unit"] = unit,
            ["roles"] = new JsonArray(role),
        })).Good();
        return await Actor.SignInAsync(hotline.Hosts[party].Url, name, made["password"], made["totpSecret"]);
    }
}
