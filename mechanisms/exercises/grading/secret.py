"""The course secret: variants, hidden tests and seals come from it, and it is never shown."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

VARIABLE = "MECHANISMS_SECRET"
SHORTEST = 16


class SecretError(ValueError):
    """A secret that is missing or too weak; the message never holds it."""


def read_secret(option: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """Return the secret from an option (text or ``@file``) or else from the environment.

    Raises
    ------
    SecretError
        If there is none, or it has fewer than 16 characters.
    """
    if option is None:
        text, origin = environment.get(VARIABLE, ""), VARIABLE
        if not text:
            raise SecretError(
                f"a course secret is needed: --secret @FILE, or {VARIABLE} in the environment; "
                "`mechanisms secret FILE` makes one"
            )
    elif option.startswith("@"):
        origin = f"the secret in {option[1:]}"
        try:
            text = Path(option[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SecretError(f"{origin} cannot be read: {type(error).__name__}") from error
    else:
        text, origin = option, "the secret"
    secret = text.strip()
    if len(secret) < SHORTEST:
        raise SecretError(
            f"{origin} must have at least {SHORTEST} characters, got {len(secret)}; "
            "`mechanisms secret FILE` makes a good one"
        )
    return secret


def make_secret(path: Path) -> None:
    """Write a new secret to a new file that only its owner may read.

    Raises
    ------
    FileExistsError
        If there is such a file: a lost secret cannot be made again.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")


def _digest(secret: str, purpose: str, text: str) -> str:
    return hmac.new(secret.encode(), f"{purpose}|{text}".encode(), hashlib.sha256).hexdigest()


def fingerprint(secret: str) -> str:
    """Return a short text that tells two secrets apart and reveals neither."""
    return _digest(secret, "fingerprint", "")[:12]


def seal(secret: str, data: Mapping[str, Any]) -> str:
    """Return the tag that only the holder of the secret can make for `data`."""
    return _digest(secret, "seal", json.dumps(data, sort_keys=True, separators=(",", ":")))
