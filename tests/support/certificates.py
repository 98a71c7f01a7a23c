"""Certificates for tests, made by OpenSSL's own program."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Certificate:
    """A certificate with its key, in files.

    Attributes:
        cert: PEM of the certificate.
        key: PEM of its key (PKCS 8).
        both: both in one file, as brokers want it.
    """

    cert: Path
    key: Path
    both: Path


class Authority:
    """Issues certificates.

    Args:
        folder: of its files.
        name: its common name, and the beginning of their names.
    """

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self.cert, self._key = folder / f"{name}.pem", folder / f"{name}.key"
        _openssl(
            "req",
            "-x509",
            *_KEY,
            "-days",
            "2",
            "-subj",
            f"/CN={name}",
            "-keyout",
            self._key,
            "-out",
            self.cert,
        )

    def issue(self, name: str, hosts: str = "", days: int = 1) -> Certificate:
        """A certificate for a server or a client.

        Args:
            name: its common name.
            hosts: alternative names, ``IP:127.0.0.1,DNS:localhost``; empty: none.
            days: how long it is valid; negative: it ended so long ago.
        """
        cert, key, both = (self._folder / f"{name}.{end}" for end in ("pem", "key", "both"))
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        _openssl("req", "-new", *_KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        extensions.write_text(f"subjectAltName={hosts}\n" if hosts else "basicConstraints=CA:FALSE\n")
        signer = ("-CA", self.cert, "-CAkey", self._key, "-CAcreateserial", "-days", days)
        _openssl("x509", "-req", "-in", request, *signer, "-extfile", extensions, "-out", cert)
        both.write_bytes(key.read_bytes() + cert.read_bytes())
        return Certificate(cert, key, both)


def encrypted(key: Path, password: str) -> Path:
    """A copy of a key that only a password opens."""
    locked = key.with_suffix(".locked")
    _openssl("pkcs8", "-topk8", "-in", key, "-passout", f"pass:{password}", "-out", locked)
    return locked


def _openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
