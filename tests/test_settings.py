"""Settings: precedence, help, refusal."""

from pathlib import Path

import pytest

from wakeline.core.limits import COMMIT_EVENTS_MAX, COMMIT_INTERVAL_SECONDS
from wakeline.settings import SettingsError, list_settings, read_settings


def test_argument_beats_environment_beats_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wakeline.toml").write_text('port = 5000\nhome = "from-file"\ncommit_interval_s = 2.5\n')
    monkeypatch.setenv("WAKELINE_PORT", "5100")
    settings = read_settings(home=tmp_path / "given", port=None)
    assert (settings.port, settings.commit_interval_s) == (5100, 2.5)
    assert settings.home_folder == tmp_path / "given"
    assert settings.server_url == "http://127.0.0.1:5100"


def test_every_setting_has_help() -> None:
    assert all(setting.help for setting in list_settings())


def test_defaults_are_the_limits_of_the_core() -> None:
    defaults = {setting.name: setting.default for setting in list_settings()}
    assert defaults["commit_interval_s"] == COMMIT_INTERVAL_SECONDS
    assert defaults["commit_events"] == COMMIT_EVENTS_MAX


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wakeline.toml").write_text("prot = 5000\n")
    with pytest.raises(SettingsError, match="prot"):
        read_settings()


def test_unrelated_environment_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAKELINE_TEST_STOP_POINT", "anything")
    assert read_settings().port == 4180
