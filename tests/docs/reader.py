"""A reader of `docs/tutorial.md`: its blocks, pasted one after the other into a shell in an empty folder."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.frontend.sources import ROOT
from wakeline.client.client import Client
from wakeline.server.stack import Stack

TUTORIAL = ROOT / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LANDING_SECONDS_MAX = 60


@dataclass(frozen=True, slots=True)
class Reader:
    folder: Path
    environment: dict[str, str]

    @classmethod
    def sit_down(cls, folder: Path, stack: Stack, webhook_url: str) -> "Reader":
        folder.mkdir()
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        urls = {"WAKELINE_URL": stack.url, "WEBHOOK_URL": webhook_url}
        return cls(folder, os.environ | urls | {"PATH": path})

    def paste_all(self, client: Client) -> Iterator[str]:
        """Runs block after block and yields each when it is done; every command must succeed."""
        for language, text in list_blocks():
            if language in ("sh", "python"):
                self._paste(language, text)
                # A reader takes longer than the some seconds that events need.
                if "wakeline query" in text or "label import" in text:
                    _wait_until_landed(client)
                yield text

    def _paste(self, language: str, text: str) -> None:
        command = ["bash", "-euo", "pipefail", "-c", text]
        if language == "python":
            command = [sys.executable, "-c", text]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


def list_blocks() -> list[tuple[str, str]]:
    """Language and text of each fenced block."""
    return BLOCK.findall(TUTORIAL.read_text(encoding="utf-8"))


def _wait_until_landed(client: Client) -> None:
    deadline = time.monotonic() + LANDING_SECONDS_MAX
    while (status := client.read_event_status())["spooled"] or status["accepted"] != status["stored"]:
        assert time.monotonic() < deadline, status
        time.sleep(0.2)
    # Reports are a second old at most; what was answered just now stands in the next one.
    time.sleep(1.5)
