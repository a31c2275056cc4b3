"""`docs/how-to/log-on-s3.md`, run as it stands against an S3-compatible store."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.frontend.sources import ROOT
from tests.loglake.posted import STREAM, build_batch
from tests.loglake.stores import ACCESS_KEY, BUCKET, SECRET, find_place, run_store
from tests.server.running import run_server
from wakeline.loglake.commit import commit_batches
from wakeline.loglake.layout import locate_table

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "how-to" / "log-on-s3.md"


def find_block(language: str, name: str) -> str:
    found = re.search(
        rf"^```{language} {name}\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert found is not None
    return found[1]


def test_the_page_as_it_stands(tmp_path: Path) -> None:
    folder = tmp_path / "user"
    folder.mkdir()
    (folder / "secret.txt").write_text(f"{SECRET}\n")
    with run_store() as endpoint, run_server(tmp_path / "home") as (client, _parts):
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "WAKELINE_URL": client.url,
            "BUCKET": BUCKET,
            "ENDPOINT": endpoint,
            "ACCESS_KEY": ACCESS_KEY,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }

        def paste(language: str, name: str) -> str:
            shell = ["bash", "-euo", "pipefail"] if language == "sh" else [sys.executable]
            done = subprocess.run(
                [*shell, "-c", find_block(language, name)],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
            assert SECRET not in done.stdout + done.stderr
            return done.stdout

        assert ACCESS_KEY in paste("sh", "connection")
        assert "conditional put in a race: as it should" in paste("sh", "test")
        assert f"s3://{BUCKET}/team-a/log" in paste("sh", "destination")
        commit_batches(locate_table(find_place(endpoint, "team-a/log"), STREAM), [build_batch(1, 30)])
        assert STREAM.topic in paste("sh", "browse")
        assert "2013-04-02" in paste("python", "read")
        assert list(folder.iterdir()) == []
