"""An S3-compatible store on this machine for as long as a test wants it, over HTTP."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from moto.server import ThreadedMotoServer

from wakeline.loglake.place import Bucket, ObjectPlace

BUCKET = "lake"
ACCESS_KEY = "AKIAWAKELINETEST"
SECRET = "a-secret-that-nobody-may-see-anywhere"


@contextmanager
def run_store() -> Iterator[str]:
    """The endpoint of a store that has the bucket `BUCKET`."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        make_bucket(endpoint)
        yield endpoint
    finally:
        server.stop()


def make_bucket(endpoint: str, name: str = BUCKET) -> None:
    httpx.put(f"{endpoint}/{name}", trust_env=False).raise_for_status()


def build_options(endpoint: str) -> dict[str, str]:
    return {
        "aws_endpoint": endpoint,
        "aws_region": "us-east-1",
        "aws_access_key_id": ACCESS_KEY,
        "aws_secret_access_key": SECRET,
        "aws_allow_http": "true",
    }


def find_place(endpoint: str, prefix: str = "") -> ObjectPlace:
    return ObjectPlace(Bucket(BUCKET, tuple(sorted(build_options(endpoint).items()))), prefix)
