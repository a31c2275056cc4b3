"""Settings of the processes: name, default and help of each in one literal list.

Read in the command line and in each process's entry only, and passed down as plain values. Later wins:
default, `wakeline.toml` of the working directory, environment `WAKELINE_<NAME>`, argument.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

ENVIRONMENT_PREFIX = "WAKELINE_"
SETTINGS_FILE = "wakeline.toml"


class SettingsError(SystemExit):
    """Ends the process that reads a wrong setting: the sentence on stderr, exit code 1."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the reference page."""

    name: str
    default: Any
    help: str


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, toml_file=SETTINGS_FILE, extra="forbid", frozen=True
    )

    home: Path = Field(
        Path("~/.wakeline"),
        description="Folder of everything that Wakeline keeps: metadata, events, models, spools, logs.",
    )
    host: str = Field(
        "127.0.0.1",
        description="Address that every process listens on; only loopback until access control exists.",
    )
    port: int = Field(
        4180,
        ge=0,
        le=65_000,
        description="Port P of the server; the event server takes P+1, the first node P+2, the gateway P+3, "
        "the first node's admin door P+4. 0 picks free ones.",
    )
    database_url: str = Field(
        "",
        description="SQLAlchemy URL of the metadata database; empty: SQLite in the home.",
    )
    url: str = Field(
        "",
        description="Where the command line finds the server; empty: http://<host>:<port>.",
    )
    commit_interval_s: float = Field(
        5.0,
        gt=0,
        le=30,
        description="Seconds for which the event server gathers events of a table before it commits them; "
        "well below the 60 s for which a shipper waits for an answer.",
    )
    commit_events: int = Field(
        50_000,
        ge=1,
        description="Events of a table after which the event server commits without waiting any longer.",
    )
    upkeep: bool = Field(
        True,
        description="Whether the event server merges, expires and vacuums the files of the tables it owns.",
    )
    upkeep_interval_s: float = Field(
        600.0,
        gt=0,
        le=86_400,
        description="Seconds after which each table gets its turn of upkeep; a busy one after 50 commits.",
    )
    vacuum_hours: float = Field(
        168.0,
        ge=168,
        description="Hours for which replaced and stray data files are kept; a write may be 7 days old.",
    )
    event_server_url: str = Field(
        "",
        description="Where this home's event server answers, if not at http://<host>:<port + 1>.",
    )
    ca_file: str = Field(
        "",
        description="PEM file that verifies this home's event servers, where no public authority knows them.",
    )
    tls_certificate: str = Field(
        "",
        description="PEM file with the event server's certificate; with it other addresses than loopback may "
        "be listened on.",
    )
    tls_key: str = Field("", description="PEM file with the key of that certificate.")
    public_names: str = Field(
        "",
        description="Names and addresses, with commas between, by which callers reach the event server.",
    )
    trusted_network_without_tls: bool = Field(
        False,
        description="Listen on other addresses without TLS: who can read the network reads keys and events.",
    )
    stop_grace_s: float = Field(
        10.0,
        gt=0,
        le=300,
        description="Seconds that a process gets to end by itself before it is killed.",
    )

    @property
    def home_folder(self) -> Path:
        """`home`, absolute."""
        return self.home.expanduser().absolute()

    @property
    def server_url(self) -> str:
        return self.url or f"http://{self.host}:{self.port}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def read_settings(**given: Any) -> Settings:
    """Settings with the arguments that were given; None means not given."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        lines = "; ".join(
            f"{'.'.join(str(part) for part in entry['loc'])}: {entry['msg']}" for entry in error.errors()
        )
        raise SettingsError(
            f"the settings are wrong: {lines}; they come from arguments, {ENVIRONMENT_PREFIX}* in the "
            f"environment and {SETTINGS_FILE}"
        ) from error


def list_settings() -> tuple[Setting, ...]:
    return tuple(
        Setting(name, field.default, field.description or "") for name, field in Settings.model_fields.items()
    )
