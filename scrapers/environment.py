"""Variables of the environment as values: addresses, secrets from files, bounds."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from enrichment.contract.env_file import EnvFileInvalid, with_env_file
from enrichment.contract.servers import server_urls
from enrichment.contract.texts import own_secrets


@dataclass(frozen=True, slots=True)
class Environment:
    """
    Reads variables and gathers every fault, so that all are told at once.

    Args:
        faults: sentences for an operator; filled while reading.
    """

    variables: Mapping[str, str]
    faults: list[str] = field(default_factory=list)

    @classmethod
    def of_process(cls) -> Self:
        """Return this process's environment, and what .env has besides."""
        try:
            return cls(with_env_file())
        except EnvFileInvalid as error:
            return cls(os.environ, [str(error)])

    def text(self, name: str, default: str = "") -> str:
        """Return a variable; an empty one is unset, `NAME_FILE` is a secret's file."""
        value = self._given(name)
        own_secrets.remember_variables({name: value})
        return value or default

    def _given(self, name: str) -> str:
        if value := self.variables.get(name, "").strip():
            return value
        if path := self.variables.get(f"{name}_FILE", "").strip():
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                self.faults.append(f"{name}_FILE: cannot read {path}: {error}")
        return ""

    def number(
        self, name: str, default: float, *, least: float = 0, most: float = 1e12
    ) -> float:
        """Return a number within its bounds."""
        text = self.text(name)
        try:
            value = float(text) if text else float(default)
        except ValueError:
            self.faults.append(f"{name}: {text!r} is not a number")
            return float(default)
        if not least <= value <= most:
            self.faults.append(f"{name}: {text} is not within {least:g} to {most:g}")
            return float(default)
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a yes or a no."""
        text = self.text(name).lower()
        if text in {"1", "true", "yes", "on"}:
            return True
        if text in {"0", "false", "no", "off"}:
            return False
        if text:
            self.faults.append(f"{name}: {text!r} is neither true nor false")
        return default

    def postgres_dsn(self) -> str:
        """Return what asyncpg takes; `postgresql+asyncpg://` is understood."""
        if url := self.url("DATABASE_URL"):
            return server_urls.for_asyncpg(url)
        password = self.text("DATABASE_PASSWORD") or self.text("POSTGRES_PASSWORD")
        if not password:
            self.faults.append("DATABASE_URL or DATABASE_PASSWORD must be set")
            return ""
        login = self.text("DATABASE_USER", "musicdb_user"), password
        place = (
            f"{self.text('DATABASE_HOST', 'postgres')}:{self._port('DATABASE', 5432)}"
        )
        name = self.text("DATABASE_NAME", "musicdb")
        return server_urls.joined("postgresql", login, place, name)

    def redis_dsn(self) -> str:
        """Return what redis-py takes; empty where no Redis is named: it is optional."""
        if url := self.url("REDIS_URL"):
            return url
        host = self.text("REDIS_HOST")
        if not host:
            return ""
        user, password = self.text("REDIS_USER"), self.text("REDIS_PASSWORD")
        login = (user, password) if password else None
        place = f"{host}:{self._port('REDIS', 6379)}"
        return server_urls.joined("redis", login, place, "0")

    def rabbitmq_dsn(self) -> str:
        """Return what pika takes."""
        if url := self.url("RABBITMQ_URL"):
            return url
        password = self.text("RABBITMQ_PASS")
        if not password:
            self.faults.append(
                "RABBITMQ_URL or RABBITMQ_PASS must be set"
                " (or ENABLE_ENRICHMENT_QUEUE=false: rows then wait for the sweep)"
            )
            return ""
        login = self.text("RABBITMQ_USER", "musicdb"), password
        place = (
            f"{self.text('RABBITMQ_HOST', 'rabbitmq')}:{self._port('RABBITMQ', 5672)}"
        )
        vhost = self.text("RABBITMQ_VHOST", "musicdb")
        return server_urls.joined("amqp", login, place, vhost)

    def url(self, name: str) -> str:
        """Return an address that a driver can read; empty where it is not set."""
        url = self.text(name)
        if fault := server_urls.fault_of(url):
            self.faults.append(f"{name}: {fault}")
        return url

    def _port(self, server: str, default: int) -> int:
        return int(self.number(f"{server}_PORT", default, least=1, most=65535))
