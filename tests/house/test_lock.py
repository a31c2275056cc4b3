"""Every locked package has a wheel, so that setting up needs no compiler."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_locked_packages_have_wheels(version: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "compile", "lock/dev.txt", "--no-deps", "--quiet"),
            *(
                "--only-binary",
                ":all:",
                "--python-version",
                version,
                "--python-platform",
                "x86_64-manylinux_2_28",
            ),
            "--output-file",
            str(tmp_path / "locked.txt"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "locked.txt").read_text().splitlines()
    locked = {line.split("==")[0] for line in lines if "==" in line}
    assert {"numpy", "pyarrow", "deltalake", "scikit-learn"} <= locked


def test_locks_hold_hashes_and_no_address() -> None:
    for name in ("run.txt", "dev.txt", "spark.txt", "bentoml.txt"):
        text = (ROOT / "lock" / name).read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
        assert "--index-url" not in text


def test_setup_refuses_source_distributions() -> None:
    assert "--require-hashes --only-binary :all: -r lock/dev.txt" in (ROOT / "Makefile").read_text()
