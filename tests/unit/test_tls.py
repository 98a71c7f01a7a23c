"""Files of certificates and keys: what is wrong with one is found before anything connects."""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from creator_pulse.stream.clock import ManualClock, SystemClock
from creator_pulse.stream.errors import SettingsError
from creator_pulse.stream.secret import Secret
from creator_pulse.stream.tls import ClientTls
from tests.support.certificates import Authority, encrypted

if TYPE_CHECKING:
    from pathlib import Path

WORD = "offen"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One authority for all tests."""
    return Authority(tmp_path_factory.mktemp("tls"))


def line(tls: ClientTls) -> str:
    """What is wrong."""
    with pytest.raises(SettingsError) as told:
        tls.context()
    return str(told.value)


def shown(client: ssl.SSLContext, authority: Authority) -> str:
    """The name in the certificate that a client shows to a server that asks for one."""
    own = authority.issue("server", "DNS:server")
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority.cert))
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_cert_chain(own.cert, own.key)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(back, there, server_hostname="server")
    asked = server.wrap_bio(there, back, server_side=True)
    for side in (asking, asked, asking, asked):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    said: Any = asked.getpeercert()
    return str(said["subject"][0][0][1])


def test_a_context_checks_certificates_and_names(authority: Authority) -> None:
    """Neither can be switched off."""
    context = ClientTls("kafka", str(authority.cert), "", "", Secret()).context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert [certificate["subject"] for certificate in context.get_ca_certs()] == [
        ((("commonName", "authority"),),)
    ]


def test_a_key_stands_in_a_file_of_its_own_or_beside_its_certificate(authority: Authority) -> None:
    """Both are taken, under a password as well."""
    certificate = authority.issue("one")
    for cert, key, password in [
        (certificate.cert, str(certificate.key), ""),
        (certificate.both, "", ""),
        (certificate.cert, str(encrypted(certificate.key, WORD)), WORD),
    ]:
        tls = ClientTls("kafka", str(authority.cert), str(cert), key, Secret(password))
        assert shown(tls.context(), authority) == "one"


def test_an_expired_certificate_of_our_own_is_named(authority: Authority) -> None:
    """A broker would only close the connection."""
    old = authority.issue("expired", days=-1)
    assert line(ClientTls("kafka", "", str(old.cert), str(old.key), Secret())) == (
        f"PULSE_KAFKA_CERT_FILE: the certificate in {old.cert} has expired"
    )


def test_whether_it_has_expired_is_by_the_clock_that_is_handed_in(authority: Authority) -> None:
    """A certificate of one day, two days later."""
    day = authority.issue("of-a-day", days=1)
    clock = ManualClock(SystemClock().now_ms())
    tls = ClientTls("kafka", "", str(day.cert), str(day.key), Secret(), clock)
    tls.context()
    clock.advance(2 * 86_400)
    assert line(tls) == f"PULSE_KAFKA_CERT_FILE: the certificate in {day.cert} has expired"


def test_the_key_of_another_certificate_is_named(authority: Authority) -> None:
    """They must be a pair."""
    one, other = authority.issue("pair"), authority.issue("other")
    assert line(ClientTls("redis", "", str(one.cert), str(other.key), Secret())) == (
        f"PULSE_REDIS_KEY_FILE: the key in {other.key} is not that of {one.cert}"
    )


def test_a_wrong_password_of_a_key_is_named_and_not_shown(authority: Authority) -> None:
    """Nor is anybody asked for one on the terminal where none is set."""
    certificate = authority.issue("locked")
    locked = encrypted(certificate.key, WORD)
    end = f"{locked} cannot be opened"
    assert line(ClientTls("kafka", "", str(certificate.cert), str(locked), Secret("falsch"))) == (
        f"PULSE_KAFKA_KEY_PASSWORD is wrong: {end}"
    )
    assert line(ClientTls("kafka", "", str(certificate.cert), str(locked), Secret())) == (
        f"PULSE_KAFKA_KEY_PASSWORD is empty, and the key is encrypted: {end}"
    )


def test_a_file_without_a_key_is_named(authority: Authority, tmp_path: Path) -> None:
    """A certificate in place of a key, and a certificate alone where the key should stand beside it."""
    certificate = authority.issue("keyless")
    assert line(ClientTls("kafka", "", str(certificate.cert), str(certificate.cert), Secret())) == (
        f"PULSE_KAFKA_KEY_FILE: {certificate.cert} holds no private key in PEM form"
    )
    assert line(ClientTls("kafka", "", str(certificate.cert), "", Secret())) == (
        f"PULSE_KAFKA_CERT_FILE: {certificate.cert} holds no private key in PEM form"
    )
    (tmp_path / "text").write_text("nothing")
    assert line(ClientTls("kafka", "", f"{tmp_path}/text", str(certificate.key), Secret())) == (
        f"PULSE_KAFKA_CERT_FILE: {tmp_path}/text holds no certificate in PEM form"
    )


def test_a_file_of_authorities_without_one_is_named(tmp_path: Path) -> None:
    """Text that is no certificate, a missing file and a folder."""
    (tmp_path / "text").write_text("nothing")
    assert line(ClientTls("redis", f"{tmp_path}/text", "", "", Secret())) == (
        f"PULSE_REDIS_CA_FILE: {tmp_path}/text holds no certificate in PEM form"
    )
    assert line(ClientTls("redis", f"{tmp_path}/none", "", "", Secret())) == (
        f"PULSE_REDIS_CA_FILE: cannot read {tmp_path}/none: No such file or directory"
    )
