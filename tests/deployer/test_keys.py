"""The keys of a home: made once, for the owner's eyes."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wakeline.core.errors import BrokenFileError
from wakeline.deployer.keys import ensure_keys, hash_key, read_keys


def test_racing_starts_get_the_same_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: ensure_keys(tmp_path / "home"), range(16)))
    (keys,) = found
    assert keys == read_keys(tmp_path / "home")
    assert keys.intake_key != keys.server_key
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["keys.json"]
    assert stat.S_IMODE((tmp_path / "home" / "keys.json").stat().st_mode) == 0o600
    assert keys.intake_key not in hash_key(keys.intake_key)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"intake_key": "a"}'])
def test_a_broken_file_is_not_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / "keys.json").write_text(content)
    with pytest.raises(BrokenFileError, match="two keys"):
        ensure_keys(tmp_path)
    assert (tmp_path / "keys.json").read_text() == content
