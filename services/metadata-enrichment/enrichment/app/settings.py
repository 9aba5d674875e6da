"""Settings from the environment: read once, secrets masked, all faults at once."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from enrichment.contract.env_file import EnvFileInvalid, with_env_file
from enrichment.contract.servers import server_urls
from enrichment.contract.texts import own_secrets
from enrichment.errors import ConfigurationError
from enrichment.model import ProviderName
from enrichment.providers import registry
from enrichment.providers.registry import SPECS
from enrichment.providers.spec import AnySpec, ProviderSettings

# Messages in hand of a worker; a batch is a third of it.
PREFETCH_COUNT = 450
# Variables that may also be given as a file, for Docker and Kubernetes secrets:
# RABBITMQ_PASS_FILE=/run/secrets/rabbitmq_pass
SECRETS = (
    *own_secrets.SECRET_VARIABLES,
    *(v for spec in SPECS.values() for v in spec.secret_variables),
)

# Each may hold a user and a password, also a provider's: a proxy may want them.
URLS = (
    *("DATABASE_OWNER_URL", "DATABASE_URL", "RABBITMQ_URL", "REDIS_URL"),
    *(v for spec in SPECS.values() for v in spec.address_variables),
)


class Settings(BaseSettings):
    """Every variable the workers and the command read; `.env.example` lists them."""

    model_config = SettingsConfigDict(
        case_sensitive=False,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        allow_inf_nan=False,
    )

    # Our own servers: a URL wins over its parts.
    database_url: SecretStr | None = None
    # the owner's, for whatever defines or destroys
    database_owner_url: SecretStr | None = None
    database_host: str = "postgres"
    database_port: int = 5432
    database_name: str = "musicdb"
    database_user: str = "musicdb_user"
    database_password: SecretStr | None = None
    # what the image of Postgres calls it; DATABASE_PASSWORD wins
    postgres_password: SecretStr | None = None
    # PgBouncer in transaction mode is before Postgres: no named statements
    database_pooler: bool = False
    redis_url: SecretStr | None = None
    redis_host: str = "redis"
    redis_port: int = 6379
    # none: Redis' default user
    redis_user: str = ""
    redis_password: SecretStr | None = None
    rabbitmq_url: SecretStr | None = None
    rabbitmq_host: str = "rabbitmq"
    rabbitmq_port: int = 5672
    rabbitmq_user: str = "musicdb"
    rabbitmq_pass: SecretStr | None = None
    rabbitmq_vhost: str = "musicdb"
    # `migrate up` makes the role of each that is given, or gives it this password
    enrichment_db_password: SecretStr | None = None
    scraper_db_password: SecretStr | None = None
    service_db_password: SecretStr | None = None
    analyst_db_password: SecretStr | None = None

    # What a worker does.
    queue_name: str = "metadata_enrichment_queue"
    prefetch_count: Annotated[int, Field(ge=1, le=2000)] = PREFETCH_COUNT
    enrichment_providers: Annotated[
        tuple[ProviderName, ...], NoDecode, Field(min_length=1)
    ] = registry.EXPECTED
    # Stops and hides what terms allow for non-commercial use alone.
    enrichment_commercial_use: bool = False
    enrichment_stop_grace_seconds: Annotated[float, Field(gt=0)] = 8.0
    enrichment_metrics_port: Annotated[int, Field(ge=0, le=65535)] = 9108
    enrichment_metrics_host: str = "127.0.0.1"
    enrichment_sweep_interval_seconds: Annotated[float, Field(gt=0)] = 15.0
    enrichment_unpublished_grace_seconds: Annotated[float, Field(ge=0)] = 60.0
    enrichment_stranded_after_seconds: Annotated[float, Field(gt=0)] = 900.0
    # Renewal of what is stale: tracks per sweep, and messages ready at which it rests.
    enrichment_reenrichment_per_sweep: Annotated[int, Field(ge=0)] = 500
    enrichment_reenrichment_queue_limit: Annotated[int, Field(ge=0)] = 5000
    log_level: str = "INFO"

    # The HTTP service; without a token it answers no call that writes.
    enrichment_api_host: str = "127.0.0.1"
    enrichment_api_port: Annotated[int, Field(ge=0, le=65535)] = 8022
    enrichment_api_token: SecretStr | None = None
    # Further tokens, a line each: name, role (read or write), SHA-256 of the token.
    enrichment_api_tokens_file: Path | None = None
    # What sessions of browsers are signed with, in all replicas; else the token above.
    enrichment_session_secret: SecretStr | None = None
    # The console's pages may be read without a login.
    enrichment_console_open: bool = False
    # Names that calls may be addressed to; "*": any. A page of another site is none.
    enrichment_allowed_hosts: Annotated[
        tuple[str, ...], NoDecode, Field(min_length=1)
    ] = ("localhost", "127.0.0.1", "::1")

    # What each provider's own model reads, whether it is asked or not.
    providers: Mapping[ProviderName, ProviderSettings] = Field(
        default_factory=lambda: {n: spec.default_settings for n, spec in SPECS.items()}
    )
    # Authorities to trust beside the public ones, for the calls to providers: PEM
    enrichment_ca_file: Path | None = None
    # Retries of transport blips inside one call; everything longer waits in Postgres.
    api_max_retries: Annotated[int, Field(ge=0, le=5)] = 2
    api_initial_delay: Annotated[float, Field(gt=0)] = 1.0
    api_max_delay: Annotated[float, Field(gt=0)] = 60.0

    # Demo and tests run the simulator's clock faster, and every limit with it.
    enrichment_time_scale: Annotated[float, Field(gt=0)] = 1.0

    # For all providers together: at 80 % a warning, at 90 % backlog waits, at 100 %
    # nobody pays any more until the month is over. 0: no guard.
    enrichment_monthly_budget_usd: Annotated[float, Field(ge=0)] = 0

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 (the library's signature)
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (as above)
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (as above)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (as above)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what `load` gives and nothing else: it alone reads the environment."""
        return (init_settings,)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, values: dict[str, Any]) -> dict[str, Any]:
        # Compose passes unset variables on as empty strings
        return {key: value for key, value in values.items() if value != ""}

    @field_validator("enrichment_providers", "enrichment_allowed_hosts", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("enrichment_providers")
    @classmethod
    def _known(cls, names: tuple[ProviderName, ...]) -> tuple[ProviderName, ...]:
        return tuple(map(registry.provider_name, names))

    @property
    def postgres_dsn(self) -> str:
        """What asyncpg takes; SQLAlchemy's `postgresql+asyncpg://` is understood."""
        if self.database_url:
            return server_urls.for_asyncpg(self.database_url.get_secret_value())
        password = _needed(
            self.database_password or self.postgres_password,
            "DATABASE_URL or DATABASE_PASSWORD",
        )
        place = f"{self.database_host}:{self.database_port}"
        login = self.database_user, password
        return server_urls.joined("postgresql", login, place, self.database_name)

    @property
    def owner_dsn(self) -> str:
        """The same for whatever defines or destroys; `postgres_dsn` where not given."""
        if self.database_owner_url:
            return server_urls.for_asyncpg(self.database_owner_url.get_secret_value())
        return self.postgres_dsn

    @property
    def redis_dsn(self) -> str:
        """What redis-py takes; Redis may be without a password on a private network."""
        if self.redis_url:
            return self.redis_url.get_secret_value()
        secret = self.redis_password
        login = (self.redis_user, secret.get_secret_value()) if secret else None
        place = f"{self.redis_host}:{self.redis_port}"
        return server_urls.joined("redis", login, place, "0")

    @property
    def rabbitmq_dsn(self) -> str:
        """What aio-pika takes."""
        if self.rabbitmq_url:
            return self.rabbitmq_url.get_secret_value()
        password = _needed(self.rabbitmq_pass, "RABBITMQ_URL or RABBITMQ_PASS")
        login = self.rabbitmq_user, password
        place = f"{self.rabbitmq_host}:{self.rabbitmq_port}"
        return server_urls.joined("amqp", login, place, self.rabbitmq_vhost)

    def missing_credentials(self, *names: ProviderName) -> tuple[str, ...]:
        """Name the variables that providers need and lack; of the enabled ones."""
        return tuple(
            SPECS[name].variable(setting)
            for name in names or self.enrichment_providers
            for setting in SPECS[name].needs
            if not getattr(self.providers[name], setting)
        )


_OWN = tuple(name for name in Settings.model_fields if name != "providers")


def defaults() -> dict[str, object]:
    """Return every variable that is read, with its default or None."""
    ours = {name.upper(): Settings.model_fields[name].default for name in _OWN}
    theirs = {
        spec.variable(setting): getattr(spec.default_settings, setting)
        for spec in SPECS.values()
        for setting in spec.settings.model_fields
    }
    return ours | theirs


def load(environ: dict[str, str] | None = None) -> Settings:
    """
    Read the settings from the environment, secrets from files where so given.

    Args:
        environ: all there is; where it is left out, this process's, then .env.

    Raises:
        ConfigurationError: naming every variable that is wrong, all at once.
    """
    faults = []
    try:
        variables = with_env_file() if environ is None else dict(environ)
    except EnvFileInvalid as error:
        raise ConfigurationError(str(error)) from error
    for name in SECRETS:
        file = variables.get(f"{name}_FILE")
        if file and not variables.get(name):
            try:
                variables[name] = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                faults.append(f"{name}_FILE: cannot read {file}: {error}")
    own_secrets.remember_variables(variables)
    faults += [
        f"{name}: {fault}"
        for name in URLS
        if (fault := server_urls.fault_of(variables.get(name, "")))
    ]
    faults += registry.FAULTS
    given = {k.upper(): value for k, value in variables.items() if value != ""}
    own: dict[str, Any] = {
        name: given[name.upper()] for name in _OWN if name.upper() in given
    }
    own["providers"] = {
        name: settings_
        for name, spec in SPECS.items()
        if (settings_ := _of_provider(spec, given, faults)) is not None
    }
    own.setdefault(
        "enrichment_providers", registry.asked_by_default(_complete(own["providers"]))
    )
    try:
        settings = Settings(**own)
    except ValidationError as error:
        faults += _told(error, str.upper)
    if faults:
        raise ConfigurationError("environment: " + "; ".join(faults))
    return _without_forbidden(settings)


def _complete(
    given: Mapping[ProviderName, ProviderSettings],
) -> Mapping[ProviderName, ProviderSettings]:
    """Return settings of every provider; a faulty one is told anyhow."""
    return {n: given.get(n) or spec.default_settings for n, spec in SPECS.items()}


def _without_forbidden(settings: Settings) -> Settings:
    """
    Leave out who may not be asked in commercial use.

    Raises:
        ConfigurationError: nobody is left to ask.
    """
    if not settings.enrichment_commercial_use:
        return settings
    allowed = tuple(
        name
        for name in settings.enrichment_providers
        if not SPECS[name].terms.is_non_commercial
    )
    if not allowed:
        raise ConfigurationError(
            "ENRICHMENT_COMMERCIAL_USE: no provider of ENRICHMENT_PROVIDERS may be"
            " asked in commercial use"
        )
    return settings.model_copy(update={"enrichment_providers": allowed})


def _of_provider(
    spec: AnySpec, given: Mapping[str, str], faults: list[str]
) -> ProviderSettings | None:
    """Return what is set of a provider; add to `faults` what is wrong with it."""
    values = {
        setting: given[variable]
        for setting in spec.settings.model_fields
        if (variable := spec.variable(setting)) in given
    }
    try:
        made: ProviderSettings = spec.settings(**values)
    except ValidationError as error:
        faults += _told(error, spec.variable)
        return None
    return made


def _told(error: ValidationError, variable: Callable[[str], str]) -> list[str]:
    """Return each fault with the variable that it is in, without the value."""
    return [
        f"{'.'.join([variable(str(fault['loc'][0])), *map(str, fault['loc'][1:])])}:"
        f" {fault['msg']}"
        for fault in error.errors(include_url=False, include_input=False)
    ]


def _needed(secret: SecretStr | None, names: str) -> str:
    if secret is None:
        raise ConfigurationError(f"not set: {names}; there is no default password")
    return secret.get_secret_value()
