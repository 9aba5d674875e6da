"""TLS to Postgres, Redis and RabbitMQ by their URLs alone, for workers and crawls."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pika
import pytest
from aiormq.exceptions import AMQPConnectionError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from redis.exceptions import ConnectionError as RedisAway

from enrichment.app import clients
from enrichment.app.settings import Settings
from scrapers.pipelines.broker_thread import parameters_of

# What a client of Postgres asks before TLS begins, and the answer "yes".
SSL_REQUEST_BYTES, POSTGRES_WILL = 8, b"S"


class Authority:
    """
    An authority of our own, which vouches for `localhost`.

    Args:
        folder: where its certificate is written, as clients are given it.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        own = self._certificate(self._name, self._key.public_key(), authority=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(own)
        self._server_file = folder / f"{name}-server.pem"

    def server(self) -> ssl.SSLContext:
        """Give what a server needs that it vouches for."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        self._server_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + self._certificate(subject, key.public_key(), authority=False)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._server_file)
        return context

    def _certificate(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, authority: bool
    ) -> bytes:
        now = datetime.now(UTC)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
            )
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key), critical=False
            )
            .add_extension(identifier(self._key.public_key()), critical=False)
        )
        certificate = builder.sign(self._key, hashes.SHA256())
        return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def ours(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ours"), "ours")


@pytest.fixture(scope="module")
def unknown(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("unknown"), "unknown")


@asynccontextmanager
async def with_tls(url: str, authority: Authority) -> AsyncIterator[str]:
    """Stand before a server as one with a certificate; give the address of that."""
    behind = urlsplit(url)
    context = authority.server()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if behind.scheme == "postgresql":
                await reader.readexactly(SSL_REQUEST_BYTES)
                writer.write(POSTGRES_WILL)
            await writer.start_tls(context)
            there = await asyncio.open_connection(behind.hostname, behind.port)
        except (OSError, EOFError):  # who does not trust us hangs up
            writer.close()
            return
        await asyncio.gather(_copy(reader, there[1]), _copy(there[0], writer))

    async with await asyncio.start_server(serve, "localhost", 0) as server:
        port = server.sockets[0].getsockname()[1]
        login = behind.netloc.rpartition("@")[0]
        at = f"{login}@localhost:{port}" if login else f"localhost:{port}"
        yield behind._replace(netloc=at).geturl()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while some := await reader.read(65536):
            writer.write(some)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


# the servers' URLs as the guide gives them, with the authority's file


def postgres_settings(url: str, authority: Authority) -> Settings:
    query = f"sslmode=verify-full&sslrootcert={authority.file}"
    return Settings(database_url=f"{url}?{query}")


def redis_settings(url: str, authority: Authority) -> Settings:
    url = url.replace("redis://", "rediss://")
    return Settings(redis_url=f"{url}?ssl_ca_certs={authority.file}")


def amqps(url: str, authority: Authority) -> str:
    return f"{url.replace('amqp://', 'amqps://')}?cafile={authority.file}"


@contextmanager
def crawl_connection(url: str) -> Iterator[pika.BlockingConnection]:
    connection = pika.BlockingConnection(parameters_of(url))
    try:
        yield connection
    finally:
        connection.close()


def declares(url: str) -> bool:
    with crawl_connection(url) as connection:
        connection.channel().queue_declare("tls", exclusive=True)
    return True


async def test_a_worker_reaches_postgres_by_tls(database_url, ours):
    async with with_tls(database_url, ours) as url:
        pool = await clients.open_pool(postgres_settings(url, ours), 1, wait=False)
        try:
            assert await pool.fetchval("SELECT count(*) FROM tracks") == 0
        finally:
            await pool.close()


async def test_a_worker_reaches_redis_by_tls(redis_url, ours):
    async with with_tls(redis_url, ours) as url:
        client = clients.open_redis(redis_settings(url, ours))
        assert await client.ping()
        await client.aclose()


async def test_a_worker_and_a_crawl_reach_rabbitmq_by_the_same_url(rabbitmq_url, ours):
    async with with_tls(rabbitmq_url, ours) as url:
        settings = Settings(rabbitmq_url=amqps(url, ours))
        connection = await clients.open_broker(settings, wait=False)
        await (await connection.channel()).declare_queue("tls-worker", exclusive=True)
        await connection.close()
        assert await asyncio.to_thread(declares, amqps(url, ours))


async def test_a_server_that_nobody_known_vouches_for_is_refused(
    database_url, redis_url, rabbitmq_url, ours, unknown
):
    async with with_tls(database_url, unknown) as url:
        with pytest.raises(ssl.SSLCertVerificationError):
            await clients.open_pool(postgres_settings(url, ours), 1, wait=False)
    async with with_tls(redis_url, unknown) as url:
        client = clients.open_redis(redis_settings(url, ours))
        with pytest.raises(RedisAway, match="certificate verify failed"):
            await client.ping()
        await client.aclose()
    async with with_tls(rabbitmq_url, unknown) as url:
        settings = Settings(rabbitmq_url=amqps(url, ours))
        with pytest.raises(AMQPConnectionError, match="certificate verify failed"):
            await clients.open_broker(settings, wait=False)
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.to_thread(declares, amqps(url, ours))
