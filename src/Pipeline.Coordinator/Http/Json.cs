using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pipeline.Contracts.Json;

namespace Pipeline.Coordinator.Http;

/// <summary>Writes answers.</summary>
internal static class Json
{
    public static async Task WriteAsync<T>(HttpContext context, int status, T value)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, value, ContractJson.Options, context.RequestAborted).ConfigureAwait(false);
    }
}
