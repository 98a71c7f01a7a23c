"""TLS as a client: the authorities that are believed, and a certificate of one's own."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from creator_pulse.stream.clock import Clock, SystemClock
from creator_pulse.stream.errors import SettingsError

if TYPE_CHECKING:
    from creator_pulse.stream.secret import Secret


@dataclass(frozen=True, slots=True)
class ClientTls:
    """The settings of TLS with one server, whose certificate and name are always checked.

    Attributes:
        what: begins the settings' names, ``kafka``: errors name ``PULSE_KAFKA_CA_FILE``.
        ca_file: certificates of the authorities that are believed; empty: the system's.
        cert_file: one's own certificate, with those between it and its authority; empty: none.
        key_file: the key of that certificate; empty: ``cert_file`` holds it.
        key_password: of an encrypted key.
        clock: says whether the certificate has expired.
    """

    what: str
    ca_file: str
    cert_file: str
    key_file: str
    key_password: Secret
    clock: Clock = field(default_factory=SystemClock, compare=False, repr=False)

    @property
    def is_stated(self) -> bool:
        """Whether any setting of TLS is given."""
        return bool(self.ca_file or self.cert_file or self.key_file or self.key_password)

    def context(self) -> ssl.SSLContext:
        """The context of a client.

        Raises:
            SettingsError: a file cannot be read, is no such thing, or the certificate has expired.
        """
        name = f"PULSE_{self.what.upper()}"
        try:
            context = ssl.create_default_context(cafile=self.ca_file or None)
        except ssl.SSLError as error:
            raise SettingsError(f"{name}_CA_FILE: {self.ca_file} holds no certificate in PEM form") from error
        except OSError as error:
            raise SettingsError(f"{name}_CA_FILE: cannot read {self.ca_file}: {error.strerror}") from error
        if self.cert_file:
            self._present(context, name)
        elif self.key_file or self.key_password:
            given = "KEY_FILE" if self.key_file else "KEY_PASSWORD"
            raise SettingsError(f"{name}_{given} is given, but {name}_CERT_FILE names no certificate for it")
        return context

    def _present(self, context: ssl.SSLContext, name: str) -> None:
        """Let a context show the certificate to a server that asks for one.

        Raises:
            SettingsError: see ``context``.
        """
        for setting, path in (("CERT_FILE", self.cert_file), ("KEY_FILE", self.key_file)):
            try:
                if path:
                    with open(path, "rb"):  # noqa: PTH123 - its errors name the file that ssl's do not
                        pass
            except OSError as error:
                raise SettingsError(f"{name}_{setting}: cannot read {path}: {error.strerror}") from error
        key = self.key_file or self.cert_file
        where = f"{name}_KEY_FILE" if self.key_file else f"{name}_CERT_FILE"
        try:
            expires = ssl.cert_time_to_seconds(_decoded(self.cert_file)["notAfter"])
        except ssl.SSLError as error:
            raise SettingsError(
                f"{name}_CERT_FILE: {self.cert_file} holds no certificate in PEM form"
            ) from error
        if expires <= self.clock.now_ms() / 1000:
            raise SettingsError(f"{name}_CERT_FILE: the certificate in {self.cert_file} has expired")
        wanted_passphrase = False

        def passphrase() -> str:
            # Without it OpenSSL would ask for one on the terminal.
            nonlocal wanted_passphrase
            wanted_passphrase = True
            return self.key_password.reveal()

        try:
            context.load_cert_chain(self.cert_file, self.key_file or None, passphrase)
        except (ssl.SSLError, ValueError) as error:
            if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
                raise SettingsError(f"{where}: the key in {key} is not that of {self.cert_file}") from error
            if wanted_passphrase:
                fault = "is wrong" if self.key_password else "is empty, and the key is encrypted"
                raise SettingsError(f"{name}_KEY_PASSWORD {fault}: {key} cannot be opened") from error
            raise SettingsError(f"{where}: {key} holds no private key in PEM form") from error


def _decoded(path: str) -> dict[str, str]:
    """The first certificate of a file; the standard library has no public way to read its dates."""
    certificate: dict[str, str] = ssl._ssl._test_decode_cert(path)  # type: ignore[attr-defined]  # noqa: SLF001 - see above
    return certificate
