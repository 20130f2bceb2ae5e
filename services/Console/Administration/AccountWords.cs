using Hotline.Console.Words;

namespace Hotline.Console.Administration;

/// <summary>How the screens call what stands in an account.</summary>
static class AccountWords
{
    public static string Unit(string unit, Phrasebook words) => unit == "central" ? words["accounts.central"] : words.Code("province", unit);

    public static string RolesOf(IEnumerable<string> roles, Phrasebook words) => string.Join(", ", roles.Order().Select(r => words[$"role.{r}"]));
}
