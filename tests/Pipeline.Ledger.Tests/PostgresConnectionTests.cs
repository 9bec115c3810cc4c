using Npgsql;
using Pipeline.Contracts.Errors;
using Pipeline.Ledger.Postgres;

namespace Pipeline.Ledger.Tests;

/// <summary>Connection strings and texts, without a server.</summary>
public sealed class PostgresConnectionTests
{
    [Theory]
    [InlineData("postgres://me@host/db", "host", 5432, "db", "me", null)]
    [InlineData("postgresql://me:a%2Fb%40c@host:5433/db%20x", "host", 5433, "db x", "me", "a/b@c")]
    [InlineData("Host=h1;Port=6000;Database=d;Username=u;Password=p", "h1", 6000, "d", "u", "p")]
    [InlineData("postgres://[::1]:5433/db", "[::1]", 5433, "db", null, null)]
    public void Both_forms_of_a_connection_string_are_read(string text, string host, int port, string database, string? user, string? password)
    {
        NpgsqlConnectionStringBuilder settings = PostgresConnectionText.Read(new PostgresLedgerOptions { Connection = text });
        Assert.Equal((host, port, database, user, password), (settings.Host, settings.Port, settings.Database, settings.Username, settings.Password));
        Assert.Equal((8, "moodpipe", false), (settings.MaxPoolSize, settings.ApplicationName, settings.IncludeErrorDetail));
        Assert.Contains("statement_timeout=300000", settings.Options, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_in_the_address_are_taken_over_and_a_given_password_goes_first()
    {
        var options = new PostgresLedgerOptions
        {
            Connection = "postgres://me:first@host/db?sslmode=require&application_name=x&sslrootcert=/etc/ca.pem", Password = "second", MaxConnections = 3,
        };
        NpgsqlConnectionStringBuilder settings = PostgresConnectionText.Read(options);
        Assert.Equal((SslMode.Require, "x", "/etc/ca.pem", "second", 3), (settings.SslMode, settings.ApplicationName, settings.RootCertificate, settings.Password, settings.MaxPoolSize));
        Assert.DoesNotContain("first", options.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("second", options.ToString() + new LedgerOptions { Password = "second" }, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres://me:sesame@host/")]
    [InlineData("postgres:///db")]
    [InlineData("postgres://me:sesame@host:99999/db")]
    [InlineData("postgres://host/db?frobnicate=sesame")]
    [InlineData("Host=h;Port=sesame")]
    [InlineData("sesame")]
    [InlineData("")]
    public void Mistakes_are_one_clear_message_without_the_text(string text)
    {
        LedgerException e = Assert.Throws<LedgerException>(() => PostgresConnectionText.Read(new PostgresLedgerOptions { Connection = text }));
        Assert.Equal(FaultClass.Environment, e.Class);
        Assert.Contains("connection string", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain \u00e9\u4e2d\U0001F600", "plain \u00e9\u4e2d\U0001F600")]
    [InlineData("\0", "\0")]
    [InlineData("\uE0000\uE000\01", "\uE0000\uE000\01")]
    [InlineData("\uE000", "\uE000")]
    public void Texts_that_PostgreSQL_cannot_hold_come_back_as_they_were(string text, string expected)
    {
        Assert.DoesNotContain('\0', PgText.In(text));
        Assert.Equal(expected, PgText.Out(PgText.In(text)));
    }

    [Fact]
    public void Half_a_pair_becomes_the_replacement_character() => Assert.Equal("a\ufffdb\ufffd", PgText.Out(PgText.In("a\ud800b\udc00")));
}
