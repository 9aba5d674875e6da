"""The environment: read once, every fault told at once, no secret shown."""

from urllib.parse import unquote, urlsplit

import pytest
from pydantic import SecretStr

from enrichment.app import provider_parts, settings
from enrichment.errors import ConfigurationError
from enrichment.lookup.redis_link import RedisLink
from enrichment.lookup.spending import Spending
from enrichment.model import ProviderName
from enrichment.providers.lastfm.read import LASTFM

PASSWORDS = {
    "DATABASE_PASSWORD": "pg-secret",
    "RABBITMQ_PASS": "mq-secret",
    "REDIS_PASSWORD": "cache-secret",
}
SECRETS = {
    **PASSWORDS,
    "SPOTIFY_CLIENT_ID": "spotify-id",
    "SPOTIFY_CLIENT_SECRET": "spotify-secret",
    "LASTFM_API_KEY": "lastfm-secret",
    "MUSICBRAINZ_USER_AGENT": "Tests/1.0 ( tests@localhost )",
}


def test_every_fault_is_told_at_once():
    with pytest.raises(ConfigurationError) as caught:
        settings.load(
            {
                "PREFETCH_COUNT": "many",
                "RABBITMQ_PORT": "amqp",
                "ENRICHMENT_PROVIDERS": "spotify,napster",
                "CACHE_TTL_SPOTIFY_DAYS": "400",
                "LASTFM_API_KEY_FILE": "/no/such/file",
            }
        )

    told = str(caught.value)
    for name in (
        "PREFETCH_COUNT",
        "RABBITMQ_PORT",
        "ENRICHMENT_PROVIDERS",
        "CACHE_TTL_SPOTIFY_DAYS",
        "LASTFM_API_KEY_FILE",
    ):
        assert name in told


def test_what_is_given_is_all_that_is_read(monkeypatch):
    monkeypatch.setenv("PREFETCH_COUNT", "13")
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/x")

    loaded = settings.load({"DATABASE_PASSWORD": "x"})

    assert loaded.prefetch_count == 450
    assert "elsewhere" not in loaded.postgres_dsn


def test_the_environment_is_read_where_nothing_is_given(monkeypatch):
    monkeypatch.setenv("PREFETCH_COUNT", "13")

    assert settings.load().prefetch_count == 13


@pytest.mark.parametrize(
    ("url", "parts", "dsn"),
    [
        ("DATABASE_URL", {"DATABASE_HOST": "other"}, "postgres_dsn"),
        ("REDIS_URL", {"REDIS_HOST": "other"}, "redis_dsn"),
        ("RABBITMQ_URL", {"RABBITMQ_HOST": "other"}, "rabbitmq_dsn"),
    ],
)
def test_a_url_wins_over_its_parts(url, parts, dsn):
    loaded = settings.load({**PASSWORDS, **parts, url: "scheme://u:p@named:1/x"})

    assert getattr(loaded, dsn) == "scheme://u:p@named:1/x"


def test_an_address_in_sqlalchemys_form_is_understood():
    loaded = settings.load({"DATABASE_URL": "postgresql+asyncpg://u:p@h:5432/musicdb"})

    assert loaded.postgres_dsn == "postgresql://u:p@h:5432/musicdb"


def test_parts_make_the_addresses_users_know():
    loaded = settings.load(PASSWORDS)

    assert loaded.postgres_dsn == (
        "postgresql://musicdb_user:pg-secret@postgres:5432/musicdb"
    )
    assert loaded.redis_dsn == "redis://:cache-secret@redis:6379/0"
    assert loaded.rabbitmq_dsn == "amqp://musicdb:mq-secret@rabbitmq:5672/musicdb"


def test_postgres_password_of_the_image_serves_too():
    loaded = settings.load({"POSTGRES_PASSWORD": "from-the-image"})

    assert "from-the-image" in loaded.postgres_dsn


@pytest.mark.parametrize("password", ["a/b@c:d", "p#q?r", "50%", "ü ß", "[x]", "+&="])
@pytest.mark.parametrize(
    ("variable", "dsn"),
    [
        ("DATABASE_PASSWORD", "postgres_dsn"),
        ("REDIS_PASSWORD", "redis_dsn"),
        ("RABBITMQ_PASS", "rabbitmq_dsn"),
    ],
)
def test_any_password_survives_the_address(variable, dsn, password):
    parts = urlsplit(getattr(settings.load({variable: password}), dsn))

    assert unquote(parts.password) == password
    assert parts.hostname
    assert parts.port


def test_a_user_and_a_vhost_may_hold_a_slash():
    loaded = settings.load(
        {**PASSWORDS, "DATABASE_USER": "team/x", "RABBITMQ_VHOST": "/"}
    )

    assert urlsplit(loaded.postgres_dsn).hostname == "postgres"
    assert loaded.rabbitmq_dsn.endswith(":5672/%2F")


@pytest.mark.parametrize("name", settings.SECRETS)
def test_a_secret_may_be_a_file(name, tmp_path):
    file = tmp_path / "secret"
    file.write_text("postgresql://from-a-file/x\n")

    loaded = settings.load({f"{name}_FILE": str(file)})

    (secret,) = (
        value
        for owner in (loaded, *loaded.providers.values())
        for value in dict(owner).values()
        if isinstance(value, SecretStr)
    )
    assert secret.get_secret_value() == "postgresql://from-a-file/x"


def test_the_variable_wins_over_the_file(tmp_path):
    loaded = settings.load(
        {
            "LASTFM_API_KEY": "given-by-itself",
            "LASTFM_API_KEY_FILE": str(tmp_path / "none"),
        }
    )

    assert loaded.providers[LASTFM].api_key.get_secret_value() == "given-by-itself"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00 binary"])
def test_a_secrets_file_that_cannot_be_read_is_named(content, tmp_path):
    file = tmp_path / "secret"
    if content:
        file.write_bytes(content)

    with pytest.raises(ConfigurationError, match="REDIS_PASSWORD_FILE"):
        settings.load({"REDIS_PASSWORD_FILE": str(file)})


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("DATABASE_URL", "postgresql://u:p@db/x?sslmode=verify-full&sslrootcert={}"),
        ("REDIS_URL", "rediss://:p@cache:6379/0?ssl_ca_certs={}"),
        ("RABBITMQ_URL", "amqps://u:p@broker/x?cafile={}"),
    ],
)
def test_an_authoritys_file_that_cannot_be_read_is_named(variable, url, tmp_path):
    file = tmp_path / "ca.pem"
    with pytest.raises(ConfigurationError, match=rf"{variable}: \w+ names .*ca\.pem"):
        settings.load({variable: url.format(file)})

    file.touch()
    assert settings.load({variable: url.format(file)})


def test_secrets_are_never_shown():
    loaded = settings.load({**SECRETS, "DATABASE_URL": "postgresql://u:url-secret@h/d"})

    for shown in (repr(loaded), str(loaded), loaded.model_dump_json()):
        assert "secret" not in shown.replace("_secret", "").replace("SecretStr", "")
        assert "spotify-id" not in shown


def test_secrets_are_not_in_errors():
    with pytest.raises(ConfigurationError) as caught:
        settings.load({**SECRETS, "PREFETCH_COUNT": "0"})

    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("dsn", "variable"),
    [("postgres_dsn", "DATABASE_PASSWORD"), ("rabbitmq_dsn", "RABBITMQ_PASS")],
)
def test_there_is_no_default_password(dsn, variable):
    with pytest.raises(ConfigurationError, match=variable):
        getattr(settings.load({}), dsn)


def test_missing_credentials_are_named():
    assert settings.load({}).missing_credentials() == (
        "SPOTIFY_CLIENT_ID",
        "SPOTIFY_CLIENT_SECRET",
        "MUSICBRAINZ_USER_AGENT",
        "LASTFM_API_KEY",
    )
    assert settings.load(SECRETS).missing_credentials() == ()


def test_a_provider_left_out_needs_no_credentials():
    environ = {"ENRICHMENT_PROVIDERS": " lastfm , ", "LASTFM_API_KEY": "k"}
    loaded = settings.load(environ)

    assert loaded.enrichment_providers == (ProviderName("lastfm"),)
    provider_parts.require_credentials(loaded)


def test_no_provider_at_all_is_a_fault():
    with pytest.raises(ConfigurationError, match="ENRICHMENT_PROVIDERS"):
        settings.load({"ENRICHMENT_PROVIDERS": ","})


def test_what_is_required_is_told_with_the_way_around():
    with pytest.raises(ConfigurationError, match=r"LASTFM_API_KEY.*leave the provider"):
        provider_parts.require_credentials(
            settings.load({**SECRETS, "LASTFM_API_KEY": ""})
        )


def test_empty_variables_as_compose_passes_them_are_unset():
    empty = dict.fromkeys(settings.defaults(), "")

    assert settings.load(empty) == settings.load({})


def test_names_are_read_whatever_their_case_and_others_are_ignored():
    loaded = settings.load({"prefetch_count": "1", "UNRELATED": "x"})

    assert loaded.prefetch_count == 1


def test_an_authority_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    for file in ("missing.pem", "ca.pem"):
        loaded = settings.load({"ENRICHMENT_CA_FILE": str(tmp_path / file)})
        with pytest.raises(ConfigurationError, match=rf"ENRICHMENT_CA_FILE.*{file}"):
            provider_parts.sender(loaded, RedisLink(None), Spending())
