namespace Hotline.Console.Tests.Browsing;

/// <summary>What somebody may type, or paste, where words are asked for.</summary>
static class Hostile
{
    /// <summary>A script, an end of a statement, a turn of direction and a sign beyond the first plane, with Vietnamese around.</summary>
    public const string Text = "<script>document.title='x'</script>'; drop table referrals;-- \u202Eđảo 😀 Hòa";
}
