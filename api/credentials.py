"""Passwords, keys and tokens: made, hashed, compared."""

import hashlib
import hmac
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

KEY_PREFIX = "ppe_"
MIN_PASSWORD = 10
_hasher = PasswordHasher()
# Verified against when there is no such account, so that the time taken tells nothing.
_NOBODY = _hasher.hash(secrets.token_urlsafe())


def hash_password(password: str) -> str:
    """Argon2id with the library's parameters."""
    return _hasher.hash(password)


def is_password(password: str, hashed: str | None) -> bool:
    """Whether a password fits; takes as long when there is no hash."""
    try:
        _hasher.verify(hashed or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


def new_password() -> str:
    """One to hand out, to be changed at the first sign-in."""
    return secrets.token_urlsafe(12)


def new_key() -> str:
    """An API key; the prefix lets scanners for leaked secrets find it."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def new_token() -> str:
    """For the session cookie."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """Of a key or token: random and long, so that a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_token(token: str) -> str:
    """Belongs to a session cookie; a foreign page can neither read the cookie nor compute it."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def is_csrf_token(sent: str, token: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(sent.encode(), csrf_token(token).encode())
