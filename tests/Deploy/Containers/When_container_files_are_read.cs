using System.Text.RegularExpressions;
using Hotline.Provisioning.Broker;
using Hotline.Provisioning.Hosts;
using NUnit.Framework;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Hotline.Deploy.Tests.Containers;

/// <summary>No engine runs here: what can be said of the files without one.</summary>
public class When_container_files_are_read
{
    static readonly string Dockerfile = File.ReadAllText(InClone("deploy", "containers", "Dockerfile"));

    Dictionary<object, object> compose = null!;

    [OneTimeSetUp]
    public void Read()
    {
        using var text = File.OpenText(InClone("docker-compose.yml"));
        compose = new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(new MergingParser(new Parser(text)));
    }

    [Test]
    public void Should_hold_the_broker_definitions_that_the_code_makes()
    {
        var file = File.ReadAllText(InClone("deploy", "broker", "definitions.json"));

        Assert.That(file, Is.EqualTo(DefinitionsFile.Text(Topology.Standard)), "write it anew: hotline definitions > deploy/broker/definitions.json");
    }

    [Test]
    public void Should_tell_the_runtime_in_images_what_it_is_told_without_them()
    {
        var told = Regex.Matches(Dockerfile, @"(DOTNET_\w+)=(\w+)").ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);

        Assert.That(told, Is.EquivalentTo(RuntimeSettings.All));
    }

    [Test]
    public void Should_have_a_service_for_every_party_that_sees_its_own_volume_only()
    {
        foreach (var (party, index) in Topology.Standard.Parties.Select((party, index) => (party, index)))
        {
            var service = Map(Services[party]);

            Assert.That(Map(Map(service["build"])["args"])["PROGRAM"], Is.EqualTo(HostPrograms.ProjectOf(party)));
            Assert.That(Map(service["environment"])["HOTLINE_CONFIG"], Is.EqualTo($"/state/keys/{party}/host.json"));
            Assert.That(List(service["volumes"]), Is.EqualTo(new[] { $"{party}:/state/keys/{party}:ro" }));
            Assert.That(List(service["ports"]), Is.EqualTo(new[] { $"127.0.0.1:{5080 + index}:{5080 + index}" }));
        }
    }

    [Test]
    public void Should_name_nothing_that_is_not_there()
    {
        foreach (var (name, service) in Services.Select(pair => ((string)pair.Key, Map(pair.Value))))
        {
            foreach (var other in service.TryGetValue("depends_on", out var needed) ? Map(needed).Keys.ToList() : [])
                Assert.That(Services.Keys, Does.Contain(other), name);
            foreach (var volume in service.TryGetValue("volumes", out var volumes) ? List(volumes) : [])
                Assert.That(Map(compose["volumes"]).Keys, Does.Contain(volume.Split(':')[0]), name);
            foreach (var network in List(service["networks"]))
                Assert.That(Map(compose["networks"]).Keys, Does.Contain(network), name);
            if (service.TryGetValue("build", out var build))
            {
                Assert.That(File.Exists(InClone((string)Map(build)["dockerfile"])), name);
                Assert.That(Dockerfile, Does.Contain($" AS {Map(build)["target"]}\n"), name);
            }
        }
    }

    [Test]
    public void Should_publish_no_database_and_no_broker()
    {
        var published = Services.Where(service => Map(service.Value).ContainsKey("ports")).Select(service => (string)service.Key);

        Assert.That(published, Is.EquivalentTo(Topology.Standard.Parties));
    }

    [Test]
    public void Should_pin_every_image_it_takes_from_elsewhere()
    {
        var images = Services.Values.Select(Map).Where(service => !service.ContainsKey("build")).Select(service => (string)service["image"])
            .Concat(Regex.Matches(Dockerfile, @"^FROM (\S+[./:]\S+)", RegexOptions.Multiline).Select(match => match.Groups[1].Value)).ToList();

        Assert.That(images, Has.Count.EqualTo(4));
        Assert.That(images, Has.All.Match(@":\d+\.\d+"));
    }

    [Test]
    public void Should_run_nothing_of_ours_as_root()
    {
        var stages = Regex.Split(Dockerfile, "^FROM ", RegexOptions.Multiline).Where(stage => Regex.IsMatch(stage, "^runtime AS "));

        Assert.That(stages, Has.Exactly(2).Items.And.All.Match(@"USER app\nENTRYPOINT"));
    }

    [Test]
    public void Should_publish_only_projects_that_exist()
    {
        var published = Regex.Match(Dockerfile, "for program in ([^;]+);").Groups[1].Value.Trim().Split(' ');

        Assert.That(published, Has.Length.EqualTo(6).And.All.Matches<string>(project => Directory.GetFiles(InClone("services", project), "*.csproj").Length == 1));
    }

    Dictionary<object, object> Services => Map(compose["services"]);

    static Dictionary<object, object> Map(object node) => (Dictionary<object, object>)node;

    static IEnumerable<string> List(object node) => ((List<object>)node).Cast<string>();

    static string InClone(params string[] path) => Path.Combine([Clone.Folder, .. path]);
}
