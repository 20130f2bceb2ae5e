using System.Text.Json.Nodes;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Hotline.Hosting.Http;

/// <summary>
/// <c>/openapi/v1.json</c>: what the framework finds in the routes, and what holds for all of them and stands in
/// middleware: headers, pages, refusals, who may call. A route under <c>/api</c> that does not say what it answers does
/// not start.
/// </summary>
static class Description
{
    const string Api = "/api/v1";
    const string Bearer = "bearer";
    const string Refused = "Refused";

    public static void AddDescription(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer(AddWhatHoldsForAllAsync);
        options.AddOperationTransformer(AddWhatHoldsForOneAsync);
        options.AddSchemaTransformer(AddWhatIsCheckedAsync);
        // A record within a use case is called as the others': only with its use case is the name one of a kind.
        options.CreateSchemaReferenceId = type => OpenApiOptions.CreateDefaultSchemaReferenceId(type) is null ? null : NameOf(type.Type);
    });

    /// <exception cref="InvalidOperationException">A route was forgotten.</exception>
    public static void AssertEveryRouteDescribed(this IEndpointRouteBuilder app)
    {
        foreach (var endpoint in app.DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().Where(e => IsApi(e.RoutePattern.RawText)))
            if (endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is { ExcludeFromDescription: true }
                || !endpoint.Metadata.OfType<IProducesResponseTypeMetadata>().Any(p => p.StatusCode is >= 200 and < 400))
                throw new InvalidOperationException($"Nobody said what {endpoint.RoutePattern.RawText} answers.");
    }

    static string NameOf(Type type) =>
        type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}Of{string.Concat(type.GetGenericArguments().Select(NameOf))}"
        : type.DeclaringType is { } useCase ? useCase.Name + type.Name : type.Name;

    /// <summary>What <see cref="JsonForm"/> checks: code lists, lengths, ranges.</summary>
    static Task AddWhatIsCheckedAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancel)
    {
        var type = context.JsonTypeInfo.Type;
        if (type == typeof(DateTimeOffset) || type == typeof(DateTimeOffset?))
            schema.Type = type == typeof(DateTimeOffset) ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
        if (context.JsonPropertyInfo?.AttributeProvider is not { } member)
            return Task.CompletedTask;
        // Of a list, each item is checked.
        var each = schema.Items is OpenApiSchema items ? items : schema;
        if (Of<CodeAttribute>() is { } code)
            each.Enum = [.. CodeList.Of(code.List).Items.Select(c => (JsonNode)c.Value), .. each == schema ? [(JsonNode)JsonNullSentinel.JsonNull] : Array.Empty<JsonNode>()];
        if (Of<MaxAttribute>() is { } max)
            each.MaxLength = max.Length;
        if (Of<WithinAttribute>() is { } within)
            (schema.Minimum, schema.Maximum) = ($"{within.Least}", $"{within.Most}");
        schema.ReadOnly = Of<SetByHotlineAttribute>() is not null;
        return Task.CompletedTask;

        T? Of<T>() where T : Attribute => member.GetCustomAttributes(typeof(T), inherit: true).OfType<T>().FirstOrDefault();
    }

    static bool IsApi(string? route) => route is not null && route.TrimStart('/').StartsWith(Api[1..], StringComparison.Ordinal);

    static Task AddWhatHoldsForAllAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        document.Info.Title = "Hotline";
        document.Info.Version = "1";
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = Bearer };
        document.Components.Responses ??= new Dictionary<string, IOpenApiResponse>();
        document.Components.Responses[Refused] = Refusal();
        foreach (var path in (string[])["/health/live", "/health/ready"])
            document.Paths.Add(path, OpenToAll("200: in order or degraded; 503: not ready.", "application/json"));
        document.Paths.Add("/metrics", OpenToAll("Prometheus text.", "text/plain"));
        return Task.CompletedTask;
    }

    static OpenApiPathItem OpenToAll(string words, string mediaType) => new()
    {
        Operations = new Dictionary<HttpMethod, OpenApiOperation>
        {
            [HttpMethod.Get] = new()
            {
                Responses = new OpenApiResponses
                {
                    ["200"] = new OpenApiResponse
                    {
                        Description = words,
                        Content = new Dictionary<string, OpenApiMediaType>
                        {
                            [mediaType] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = mediaType == "text/plain" ? JsonSchemaType.String : JsonSchemaType.Object } },
                        },
                    },
                },
            },
        },
    };

    /// <summary>RFC 9457 with <c>code</c>; further members, such as <c>missing</c>, by code.</summary>
    static OpenApiResponse Refusal()
    {
        var codes = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. Problems.All.Select(p => (JsonNode)p.Code)] };
        return new OpenApiResponse
        {
            Description = "Refused; nothing was changed.",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/problem+json"] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Object,
                        Required = new HashSet<string> { "type", "title", "status", "code" },
                        Properties = new Dictionary<string, IOpenApiSchema>
                        {
                            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String },
                            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String },
                            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
                            ["code"] = codes,
                        },
                    },
                },
            },
        };
    }

    static Task AddWhatHoldsForOneAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        var route = context.Description;
        var metadata = route.ActionDescriptor.EndpointMetadata;
        operation.Parameters ??= [];
        if (route.HttpMethod is "PATCH" or "PUT")
            operation.Parameters.Add(Header("If-Match", "The version that was seen, as \"7\".", required: true));
        if (route.HttpMethod == "POST" && operation.Parameters.Any(p => p.Name == "id"))
            operation.Parameters.Add(Header("If-Match", "The version that was seen, as \"7\".", required: false));
        if (route.HttpMethod == "POST" && metadata.OfType<GuardRule>().Any())
            operation.Parameters.Add(Header("Idempotency-Key", "A UUID: the request takes effect once.", required: false));
        if (metadata.OfType<IProducesResponseTypeMetadata>().Any(p => p.Type is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Page<>)))
        {
            operation.Parameters.Add(Query("limit", new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = $"{Paging.Most}" }));
            operation.Parameters.Add(Query("cursor", new OpenApiSchema { Type = JsonSchemaType.String }));
        }
        (operation.Responses ??= [])["default"] = new OpenApiResponseReference(Refused, context.Document);
        AddWhoMayCall(operation, context, [.. metadata.OfType<GuardRule>()]);
        return Task.CompletedTask;
    }

    static void AddWhoMayCall(OpenApiOperation operation, OpenApiOperationTransformerContext context, IReadOnlyList<GuardRule> rules)
    {
        if (rules.Count == 0)
            return;
        operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] }];
        operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
        operation.Extensions["x-roles"] = new JsonNodeExtension(new JsonArray([.. rules.SelectMany(r => r.Roles).Select(r => (JsonNode)r)]));
        operation.Extensions["x-designation"] = new JsonNodeExtension(rules.Any(r => r.Designation));
    }

    static OpenApiParameter Header(string name, string words, bool required) => new()
    {
        Name = name, In = ParameterLocation.Header, Required = required, Description = words, Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };

    static OpenApiParameter Query(string name, OpenApiSchema schema) => new() { Name = name, In = ParameterLocation.Query, Schema = schema };
}
