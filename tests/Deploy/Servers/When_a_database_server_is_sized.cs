using Hotline.Provisioning.Servers;
using NUnit.Framework;

namespace Hotline.Deploy.Tests.Servers;

/// <summary>Decision record 113.</summary>
public class When_a_database_server_is_sized
{
    const long Gibibyte = 1L << 30;

    [TestCase(1 * Gibibyte, 256)]
    [TestCase(4 * Gibibyte, 512)]
    [TestCase(8 * Gibibyte, 1024)]
    [TestCase(256 * Gibibyte, 1024)]
    public void Should_share_an_eighth_of_the_machine_for_its_pages(long machine, long mebibytes) =>
        Assert.That(PostgresServer.SharedMebibytes(machine), Is.EqualTo(mebibytes));
}
