"""A certificate for a server beside ours: its own root, good for the domain and all below it."""

from __future__ import annotations

import subprocess
from pathlib import Path


def make(directory: Path, domain: str) -> tuple[Path, Path]:
    """The certificate and its key, in PEM."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-days", "30", "-subj", f"/CN={domain}", "-addext", f"subjectAltName=DNS:{domain},DNS:*.{domain}",
         "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=20)
    return certificate, key
