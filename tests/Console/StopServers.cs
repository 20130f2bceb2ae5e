using Hotline.Console.Tests.Browsing;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Console.Tests;

/// <summary>Stops this assembly's servers when its last test has ended.</summary>
[SetUpFixture]
public sealed class StopServers
{
    [OneTimeTearDown]
    public async Task Stop()
    {
        await Chromium.StopAsync();
        await TestServers.StopAsync();
    }
}
