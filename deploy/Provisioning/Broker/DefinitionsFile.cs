using System.Text.Encodings.Web;
using System.Text.Json;

namespace Hotline.Provisioning.Broker;

/// <summary><c>deploy/broker/definitions.json</c>: the topology as a file that any RabbitMQ loads.</summary>
public static class DefinitionsFile
{
    static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Text(Topology topology) => topology.Definitions().ToJsonString(Json) + "\n";
}
