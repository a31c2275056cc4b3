"""Where an alert goes: a webhook or a mailbox. Settings as they are stored, and as the API takes them.

Secrets go in and never come out: `SECRETS` names them.
"""

from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, TypeAdapter, ValidationError, field_validator

from wakeline.core.errors import InvalidInputError

SECRETS = ("secret", "password")


class Webhook(BaseModel, extra="forbid"):
    """`secret` signs each message; without one messages are unsigned, as chat services want them."""

    kind: Literal["webhook"]
    url: str = Field(max_length=2_000)
    secret: str | None = Field(default=None, min_length=8, max_length=255)

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("expected a URL such as https://hooks.example.com/wakeline")
        return url


class Mail(BaseModel, extra="forbid"):
    kind: Literal["mail"]
    host: str = Field(min_length=1, max_length=255)
    port: int = Field(default=587, ge=1, le=65_535)
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str | None = Field(default=None, max_length=255)
    password: str | None = Field(default=None, max_length=255)
    sender: str = Field(min_length=3, max_length=255)
    recipients: list[str] = Field(min_length=1, max_length=50)

    @field_validator("sender", "recipients")
    @classmethod
    def _check_addresses(cls, value: str | list[str]) -> str | list[str]:
        for address in [value] if isinstance(value, str) else value:
            if not address.isprintable() or address.count("@") != 1 or " " in address:
                raise ValueError(f"{address!r} is not a mail address")
        return value


Target = Webhook | Mail
_TARGET: TypeAdapter[Target] = TypeAdapter(Target)


def read_target(document: dict[str, Any]) -> Target:
    try:
        return _TARGET.validate_python(document)
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, entry['loc']))}: {entry['msg']}" for entry in error.errors())
        raise InvalidInputError(f"the alert's target does not fit: {found}") from error


def change_target(known: Target, given: Target) -> Target:
    """The new target; a secret that was not given stays where the kind and the place do."""
    if isinstance(known, Webhook) and isinstance(given, Webhook):
        keeps = known.url == given.url and "secret" not in given.model_fields_set
        return given.model_copy(update={"secret": known.secret}) if keeps else given
    if isinstance(known, Mail) and isinstance(given, Mail):
        keeps = known.host == given.host and "password" not in given.model_fields_set
        return given.model_copy(update={"password": known.password}) if keeps else given
    return given
