"""Sends the messages of alerts, by webhook or mail, and records what became of each.

A message is sent at least once: taken by one sender for a lease, tried again with growing pauses, given up
after the last. The receiver can tell a repeated one by its delivery id.
"""

import hashlib
import hmac
import json
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from urllib.parse import urlsplit

import httpx
from sqlalchemy.orm import Session, sessionmaker

from wakeline import __version__
from wakeline.core.clock import Clock
from wakeline.core.errors import UnavailableError
from wakeline.metadata.queries import alerts
from wakeline.metadata.queries.alerts import DeliveryState
from wakeline.metadata.tables.alerting import Delivery
from wakeline.monitoring.message import Document, finish_message, render_subject
from wakeline.monitoring.targets import Mail, Target, Webhook, read_target

PAUSES_SECONDS = (10, 60, 300, 1_800, 7_200)
"""After each failed attempt but the last; six attempts within three hours."""
SEND_SECONDS_MAX = 10.0
SIGNATURE_HEADER = "X-Wakeline-Signature"
DELIVERY_HEADER = "X-Wakeline-Delivery"

_LEASE_US = 60_000_000
_TAKEN_AT_ONCE_MAX = 20
_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_SHOWN_CHARACTERS_MAX = 500


class Messenger:
    """`base_url` is where people find the pages."""

    def __init__(self, sessions: sessionmaker[Session], clock: Clock, base_url: str) -> None:
        self._sessions = sessions
        self._clock = clock
        self._base_url = base_url

    def deliver_due(self) -> int:
        """How many messages were tried; a round takes a few, so that it ends."""
        tried = 0
        while tried < _TAKEN_AT_ONCE_MAX:
            with self._sessions.begin() as session:
                delivery = alerts.claim_delivery(session, self._clock.now_us(), _LEASE_US)
            if delivery is None:
                break
            self._try(delivery)
            tried += 1
        return tried

    def deliver_now(self, delivery_id: str) -> None:
        """One attempt of this message at once."""
        with self._sessions.begin() as session:
            delivery = alerts.claim_this(session, delivery_id, self._clock.now_us(), _LEASE_US)
        if delivery is not None:
            self._try(delivery)

    def _try(self, delivery: Delivery) -> None:
        with self._sessions() as session:
            target = read_target(alerts.get_alert(session, delivery.alert_id).settings)
        error = _attempt(lambda: self._send(target, delivery))
        with self._sessions.begin() as session:
            row = session.get(Delivery, delivery.id)
            if row is not None:  # the alert may have been deleted meanwhile
                _record(row, error, self._clock.now_us())

    def _send(self, target: Target, delivery: Delivery) -> None:
        message = finish_message(delivery.message, self._base_url)
        match target:
            case Webhook():
                send_webhook(target, message, delivery.id, self._clock.now_us())
            case Mail():
                send_mail(target, message, delivery.id)


def send_webhook(target: Webhook, message: Document, delivery_id: str, now_us: int) -> None:
    """Raises `UnavailableError` unless the receiver answers 2xx; redirects are not followed."""
    body = json.dumps(message, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"wakeline/{__version__}",
        DELIVERY_HEADER: delivery_id,
    }
    if target.secret:
        headers[SIGNATURE_HEADER] = sign(target.secret, body, now_us // 1_000_000)
    is_here = urlsplit(target.url).hostname in _LOOPBACK_NAMES
    with httpx.Client(timeout=SEND_SECONDS_MAX, trust_env=not is_here) as client:
        answer = client.post(target.url, content=body, headers=headers)
    if not answer.is_success:
        raise UnavailableError(f"the receiver answered {answer.status_code}")


def sign(secret: str, body: bytes, seconds: int) -> str:
    """`t=<seconds>,v1=<hex>`: HMAC-SHA256 of `<seconds>.` and the body."""
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def send_mail(target: Mail, message: Document, delivery_id: str) -> None:
    mail = EmailMessage()
    mail["Subject"] = " ".join(render_subject(message).split())
    mail["From"] = target.sender
    mail["To"] = ", ".join(target.recipients)
    mail["X-Wakeline-Delivery"] = delivery_id
    mail.set_content(str(message["text"]))
    with _connect(target) as server:
        if target.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if target.username:
            server.login(target.username, target.password or "")
        refused = server.send_message(mail)
    if refused:
        raise UnavailableError(f"the mail server refused {', '.join(refused)}")


def _connect(target: Mail) -> smtplib.SMTP:
    if target.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(target.host, target.port, timeout=SEND_SECONDS_MAX, context=context)
    return smtplib.SMTP(target.host, target.port, timeout=SEND_SECONDS_MAX)


def _attempt(send: Callable[[], None]) -> str | None:
    """What went wrong in words; None where nothing did."""
    try:
        send()
    except UnavailableError as error:
        return error.message
    except (httpx.HTTPError, httpx.InvalidURL, smtplib.SMTPException, OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"[:_SHOWN_CHARACTERS_MAX]
    return None


def _record(row: Delivery, error: str | None, now_us: int) -> None:
    row.last_error = error
    if error is None:
        row.state, row.finished_at_us = DeliveryState.DELIVERED, now_us
    elif row.attempts > len(PAUSES_SECONDS) or row.event == "test":
        row.state, row.finished_at_us = DeliveryState.FAILED, now_us
    else:
        row.next_attempt_at_us = now_us + PAUSES_SECONDS[row.attempts - 1] * 1_000_000
