"""From a connection's row to the place it stands for, with the secret from its file."""

from pathlib import Path

import msgspec

from wakeline.loglake.connections import FILESYSTEM, Connection
from wakeline.loglake.place import Place
from wakeline.metadata.secrets import read_secret
from wakeline.metadata.tables.serving import Connection as ConnectionRow


class S3Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a row keeps of a bucket. `secret` is the name of a file of the home, never the secret itself;
    without a key the cloud's own chain gives one."""

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    allow_http: bool = False
    path_style: bool = True
    access_key_id: str | None = None
    secret: str | None = None

    def list_options(self, secret: str | None) -> dict[str, str]:
        """The options of a connection; `secret` is the secret itself."""
        given = {
            "aws_endpoint": self.endpoint,
            "aws_region": self.region,
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": secret,
        }
        return {
            **{name: value for name, value in given.items() if value is not None},
            "aws_allow_http": str(self.allow_http).lower(),
            "aws_virtual_hosted_style_request": str(not self.path_style).lower(),
        }


def describe_connection(home: Path, row: ConnectionRow) -> Connection:
    """As an event server is told of it: with its secret."""
    if row.type == FILESYSTEM:
        return Connection(row.id, row.type, path=str(home / str(row.settings["root"])))
    settings = msgspec.convert(row.settings, S3Settings)
    secret = None if settings.secret is None else read_secret(home, settings.secret)
    return Connection(
        row.id,
        row.type,
        bucket=settings.bucket,
        prefix=settings.prefix,
        options=settings.list_options(secret),
    )


def locate_connection(home: Path, row: ConnectionRow) -> Place:
    return describe_connection(home, row).place
