namespace Hotline.Console;

/// <summary>A place in the menu at the top.</summary>
/// <param name="Key">What a page names as its own place.</param>
/// <param name="Roles">Who sees it; the page's own guard decides who may open it.</param>
public sealed record MenuItem(string Key, string Href, string Vi, string En, params IReadOnlyList<string> Roles);

/// <summary>A part at the top of every page that rings when there is something new in it.</summary>
/// <param name="Address">Where it is fetched.</param>
/// <param name="Topic">What changes when it does.</param>
public sealed record Bell(string Address, Guid Topic, string Role);

/// <summary>Whose console it is.</summary>
/// <param name="UnderVi">Beside the name, for example the number of the line.</param>
public sealed record ConsoleFace(string NameVi, string NameEn, string UnderVi, string UnderEn, IReadOnlyList<MenuItem> Menu)
{
    public Bell? Bell { get; init; }

    /// <summary>Where somebody who is paged on an open page goes; <c>{0}</c> is what the page is about.</summary>
    public required string PagedTo { get; init; }

    /// <summary>Where somebody lands after signing in.</summary>
    public string HomeOf(IReadOnlySet<string> roles) => Menu.FirstOrDefault(m => m.Roles.Any(roles.Contains))?.Href ?? "/account";
}
