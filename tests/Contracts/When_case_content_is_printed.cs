using NUnit.Framework;

namespace Hotline.Contracts.Tests;

public sealed class When_case_content_is_printed
{
    const string Marker = "MARKERWORD";

    [Test]
    public void Should_say_nothing_of_it()
    {
        object[] contents =
        [
            new Person { FullName = Marker }, new Call { Summary = Marker }, new CallSheet { CallerName = Marker },
            new PlaceOfEvent { Detail = Marker }, new Complaint { UnitName = Marker },
            new CaseFile { FileVersion = 1, Call = new CallSheet { Summary = Marker } },
            new NoteAdded(Marker, new Officer("A", null, null, null), default), new RevocationRequested(Marker, default),
            new ProgressNoted(ReferralState.Accepted, null, default, Marker), new AnsweredByPhone(Marker, null, Marker, default, "A"),
            new ReferralDeclined(ReferralState.Declined, null, default, "other", Marker, null),
        ];

        var printed = contents.Select(c => $"{c}");

        Assert.That(printed, Has.All.Not.Contain(Marker));
    }
}
