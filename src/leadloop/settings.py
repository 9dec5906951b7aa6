"""All options, each defined once: name, type, default, one sentence of help.

An option is `--option-name` on the command line, `LEADLOOP_OPTION_NAME` in the environment and `option_name` in the
TOML file of `--config`, in this order of precedence. A new option is one more field.
"""

import re
import tomllib
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter, validators

PREFIX = "LEADLOOP_"
POSTGRES = "postgresql://"
_ADDRESS = re.compile(r"(sqlite|postgres(?:ql)?)(?:\+\w+)?://(.*)", re.IGNORECASE | re.DOTALL)
_MISSPELT_ADDRESS = re.compile(r"(?:sqlite3?|postgres(?:ql)?|file)(?:\+\w+)?:|:", re.IGNORECASE)
"""The beginning of a misspelt address, which nobody means as a path."""
_POSTGRES_URL = re.compile(r"postgres(?:ql)?://(?:([^:@/?#]*)(?::[^@/?#]*)?@)?([^@/?#]*)(/[^@/?#]*)?(?:[?#][^@]*)?")


_PUBLIC_URL = re.compile(r"https?://(\[[0-9a-f:.]+\]|[0-9a-z.-]+)(:[0-9]{1,5})?", re.IGNORECASE)


class BadSettings(Exception):
    """Options that cannot be used, alone or together. The message never repeats a secret."""


def _parse_database(text: str) -> str:
    """The path or the PostgreSQL address in a setting. Reads SQLAlchemy's addresses as SQLAlchemy does: after `sqlite:///`
    there is a path, which is not percent-decoded; the driver (`+asyncpg`) makes no difference.

    Raises `BadSettings`.
    """
    address = _ADDRESS.fullmatch(text)
    if address is not None and address[1].lower() != "sqlite":
        return _check_postgres_address(POSTGRES + address[2])
    path = text if address is None else address[2].removeprefix("/")
    if address is not None and "?" in path:
        raise BadSettings("--database takes no options for SQLite: write the address without the ? and what follows it")
    if path in ("", ":memory:"):
        raise BadSettings(
            "--database needs a file, and there is no database in memory: write ./leadloop.db or sqlite:///leadloop.db"
        )
    if "://" in path or _MISSPELT_ADDRESS.match(path):
        raise BadSettings(
            "--database takes a path such as ./leadloop.db, sqlite:///leadloop.db (relative) or "
            "sqlite:////var/lib/leadloop.db (absolute), or postgresql://user@host/name"
        )
    return path


def _parse_public_url(text: str) -> str:
    """Without a slash at its end; scheme and host in lower case, as browsers send them. Raises `BadSettings`."""
    url = text.strip().rstrip("/")
    if _PUBLIC_URL.fullmatch(url) is None:
        raise BadSettings("--public-url takes scheme and host, such as https://leads.example.com, and no path")
    scheme, _, host = url.lower().partition("://")
    return f"{scheme}://{host.removesuffix(':443' if scheme == 'https' else ':80')}"


def _check_postgres_address(url: str) -> str:
    if _POSTGRES_URL.fullmatch(url) is None:
        raise BadSettings(
            "the address of the database cannot be understood: write it as postgresql://user:password@host/name, "
            "and special characters of the password percent-encoded (@ is %40, / is %2F)"
        )
    return url


def _option(name: str, sentence: str, **more: Any) -> Parameter:
    return Parameter(env_var=PREFIX + name, help=sentence, **more)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseSettings:
    """Options of every command: where the database is, its pepper, the log level, and how Expad shows dates.

    The last decides which changes that dialect shows, and so which webhooks a command sends when it changes a lead.
    """

    database: Annotated[
        str,
        _option(
            "DATABASE", "A file for the embedded database (also as sqlite:///FILE), or postgresql://user@host/name."
        ),
    ] = field(default="./leadloop.db", repr=False)
    """After construction: the path of the file, or an address that begins with `POSTGRES`."""
    pepper: Annotated[
        str | None,
        _option(
            "PEPPER",
            "On PostgreSQL, the secret under which API keys are hashed: 64 hex characters. "
            "Other users of the machine can see options: prefer the variable or the file.",
        ),
    ] = field(default=None, repr=False)
    pepper_file: Annotated[Path | None, _option("PEPPER_FILE", "A file with the pepper, instead of the option.")] = None
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        _option("LOG_LEVEL", "The minimum level of the log lines to write."),
    ] = "info"
    account_groups: Annotated[
        bool,
        _option(
            "ACCOUNT_GROUPS",
            "Has no effect: `leadloop migrate --distributed` distributes a database, and the database says so.",
            show=False,
        ),
    ] = False
    expad_epoch_unit: Annotated[
        Literal["ms", "s"], _option("EXPAD_EPOCH_UNIT", "The unit of dates that the Expad API shows as numbers.")
    ] = "ms"

    def __post_init__(self) -> None:
        object.__setattr__(self, "database", _parse_database(self.database))
        if self.pepper is not None and self.pepper_file is not None:
            raise BadSettings("set LEADLOOP_PEPPER or LEADLOOP_PEPPER_FILE, not both")

    @property
    def is_embedded(self) -> bool:
        """Whether the database is a file on this machine."""
        return not self.database.startswith(POSTGRES)

    @property
    def is_missing(self) -> bool:
        """Whether the embedded database does not exist yet."""
        return self.is_embedded and not Path(self.database).exists()

    @property
    def description(self) -> str:
        """The engine and the database, for people: `sqlite ./leadloop.db`. It never has a password."""
        return f"sqlite {self.database}" if self.is_embedded else f"postgresql {without_password(self.database)}"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookSettings(DatabaseSettings):
    """Options of the commands that send webhooks or store their secrets."""

    webhooks_allow_http: Annotated[
        bool, _option("WEBHOOKS_ALLOW_HTTP", "Let webhooks go to http:// addresses, for development.")
    ] = False
    webhooks_allow_private: Annotated[
        bool, _option("WEBHOOKS_ALLOW_PRIVATE", "Let webhooks go to private and loopback addresses, for development.")
    ] = False
    encryption_key: Annotated[
        str | None,
        _option(
            "ENCRYPTION_KEY",
            "The key that encrypts webhook secrets in the database: 64 hex characters; by default derived from "
            "the pepper. Of several, separated by commas, the first encrypts and all decrypt. "
            "Other users of the machine can see options: prefer the variable or the file.",
        ),
    ] = field(default=None, repr=False)
    encryption_key_file: Annotated[
        Path | None,
        _option("ENCRYPTION_KEY_FILE", "A file with the encryption key, or several, instead of the option."),
    ] = None

    def __post_init__(self) -> None:
        DatabaseSettings.__post_init__(self)
        if self.encryption_key is not None and self.encryption_key_file is not None:
            raise BadSettings("set LEADLOOP_ENCRYPTION_KEY or LEADLOOP_ENCRYPTION_KEY_FILE, not both")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class Settings(WebhookSettings):
    """All options; those of `leadloop serve`."""

    host: Annotated[str, _option("HOST", "The address to listen on; 0.0.0.0 or :: for all.")] = "127.0.0.1"
    port: Annotated[
        int,
        _option("PORT", "The port to listen on; 0 takes a free one.", validator=validators.Number(gte=0, lte=65535)),
    ] = 8080
    workers: Annotated[
        int,
        _option("WORKERS", "How many processes serve (PostgreSQL only).", validator=validators.Number(gte=1, lte=64)),
    ] = 1
    send_webhooks: Annotated[
        bool, _option("SEND_WEBHOOKS", "Send webhooks from here; otherwise run `leadloop worker` (PostgreSQL only).")
    ] = True
    public_url: Annotated[
        str | None,
        _option("PUBLIC_URL", "The address at which people and programs reach this server: https://leads.example.com."),
    ] = None
    """After construction without a slash at its end."""
    trusted_proxies: Annotated[
        str,
        _option(
            "TRUSTED_PROXIES",
            "Addresses or networks of proxies, separated by commas, whose X-Forwarded-For, -Proto and -Host are "
            "believed: 127.0.0.1,10.0.0.0/8.",
        ),
    ] = ""
    session_idle_hours: Annotated[
        int,
        _option(
            "SESSION_IDLE_HOURS",
            "Sign people out of the dashboard after so many hours without a request.",
            validator=validators.Number(gte=1, lte=8760),
        ),
    ] = 12
    session_days: Annotated[
        int,
        _option(
            "SESSION_DAYS",
            "Sign people out of the dashboard so many days after they signed in.",
            validator=validators.Number(gte=1, lte=365),
        ),
    ] = 7

    def __post_init__(self) -> None:
        WebhookSettings.__post_init__(self)
        if self.public_url is not None:
            object.__setattr__(self, "public_url", _parse_public_url(self.public_url))
        _ = self.proxy_networks

    @property
    def proxy_networks(self) -> list[IPv4Network | IPv6Network]:
        """Raises `BadSettings`."""
        try:
            return [ip_network(part.strip()) for part in self.trusted_proxies.split(",") if part.strip()]
        except ValueError:
            raise BadSettings(
                "--trusted-proxies takes addresses and networks separated by commas, such as 127.0.0.1,10.0.0.0/8"
            ) from None


DATABASE_DEFAULTS, WEBHOOK_DEFAULTS, DEFAULTS = DatabaseSettings(), WebhookSettings(), Settings()


def without_password(url: str) -> str:
    """A PostgreSQL address that is safe to print: user, hosts and database only.

    An ambiguous address is not shown at all: any part of it may belong to the password.
    """
    match = _POSTGRES_URL.fullmatch(url)
    if match is None:
        return "(address not shown)"
    user, hosts, name = (part or "" for part in match.groups())
    return f"{user}@{hosts}{name}" if user else f"{hosts}{name}" or "(default address)"


def from_file(path: Path) -> dict[str, Any]:
    """The options in a TOML file. Raises `BadSettings` if the file cannot be used."""
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadSettings(f"the settings file {path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # The parser's own message would quote the line, which may hold a password.
        raise BadSettings(f"the settings file {path} is not valid TOML ({type(error).__name__})") from None
    names = {option.name for option in fields(Settings)}
    options = {name.replace("-", "_"): value for name, value in values.items()}
    if unknown := sorted(options.keys() - names):
        raise BadSettings(f"{path} sets {', '.join(unknown)}; the options are {', '.join(sorted(names))}")
    return options
