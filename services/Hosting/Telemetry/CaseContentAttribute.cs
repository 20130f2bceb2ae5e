using Microsoft.Extensions.Compliance.Classification;

namespace Hotline.Hosting.Telemetry;

/// <summary>The classes of data that logging knows.</summary>
public static class Classes
{
    public static DataClassification CaseContent { get; } = new("Hotline", "CaseContent");
}

/// <summary>Marks what a case says. A logging method with such a parameter prints nothing of it.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class CaseContentAttribute() : DataClassificationAttribute(Classes.CaseContent);
