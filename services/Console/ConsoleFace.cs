namespace Hotline.Console;

/// <summary>A place in the menu at the top.</summary>
/// <param name="Key">What a page names as its own place.</param>
/// <param name="Roles">Who sees it; the page's own guard decides who may open it.</param>
public sealed record MenuItem(string Key, string Href, string Vi, string En, params IReadOnlyList<string> Roles);

/// <summary>Whose console it is.</summary>
/// <param name="UnderVi">Beside the name, for example the number of the line.</param>
public sealed record ConsoleFace(string NameVi, string NameEn, string UnderVi, string UnderEn, IReadOnlyList<MenuItem> Menu)
{
    /// <summary>Where somebody lands after signing in.</summary>
    public string HomeOf(IReadOnlySet<string> roles) => Menu.FirstOrDefault(m => m.Roles.Any(roles.Contains))?.Href ?? "/account";
}
