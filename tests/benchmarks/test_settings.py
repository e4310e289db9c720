"""What an operator sets is taken as said, or refused by name; README.md lists all of it."""

import pytest

from benchmarks import settings
from benchmarks.settings import PROJECT, SETTINGS, Number, Switch

NUMBERS = [setting for setting in SETTINGS if isinstance(setting, Number)]
SWITCHES = [setting for setting in SETTINGS if isinstance(setting, Switch)]


def test_every_setting_is_in_the_table_and_in_the_readme():
    declared = [value for value in vars(settings).values() if isinstance(value, (Number, Switch))]
    assert declared == list(SETTINGS)
    readme = (PROJECT / "README.md").read_text()
    for setting in SETTINGS:
        default = f"{setting.default:,.0f}" if setting.default >= 1e4 else f"{setting.default:g}"
        assert f"| `{setting.variable}` | {default} | {setting.text} |" in readme


@pytest.mark.parametrize("setting", NUMBERS)
def test_a_number_is_its_default_unless_set(setting, monkeypatch):
    monkeypatch.delenv(setting.variable, raising=False)
    assert setting.value() == setting.default
    monkeypatch.setenv(setting.variable, "7.5")
    assert setting.value() == 7.5
    monkeypatch.setenv(setting.variable, "")
    assert setting.value() == setting.default


@pytest.mark.parametrize("text", ["-1", "0", "many", "nan", "inf", "1e999"])
def test_what_is_no_number_is_refused_by_name(text, monkeypatch):
    monkeypatch.setenv("FORMAT_ADVISOR_STEP_SECONDS", text)
    with pytest.raises(SystemExit, match="FORMAT_ADVISOR_STEP_SECONDS"):
        settings.step_limits()


@pytest.mark.parametrize("setting", SWITCHES)
def test_a_switch_is_off_unless_it_is_on(setting, monkeypatch):
    monkeypatch.delenv(setting.variable, raising=False)
    assert setting.value() is False
    monkeypatch.setenv(setting.variable, "1")
    assert setting.value() is True
    monkeypatch.setenv(setting.variable, "yes")
    with pytest.raises(SystemExit, match=setting.variable):
        setting.value()
