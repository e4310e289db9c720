"""What the server keeps and does against what it may, and the settings behind that."""

from html import escape

import streamlit as st

from benchmarks import jobs, room, settings
from pages.view import link, table
from pages.view.text import one_line


def show() -> None:
    """Draws the runs and the disk they take, and the runs that wait or work now."""
    folder, working = jobs.runs_folder(), jobs.active()
    rows = [
        _against("Runs kept", room.count(folder), settings.MAX_RUNS, "runs"),
        _against("Disk they take", room.used_mb(folder), settings.MAX_DATA_MB, "MB"),
        _against("Runs that wait or work", len(working), settings.MAX_WAITING_RUNS, "runs"),
    ]
    table.draw("Use", ("What", "Now", "At most", "Share"), rows, numbers=[1, 2, 3])
    if working:
        entries = "".join(
            f'<li><a href="compare?run={run.id}">{escape(one_line(run.title))}</a>: {_doing(run)}</li>'
            for run in working
        )
        link.draw(f'<ul aria-label="Runs that wait or work">{entries}</ul>')
    else:
        st.caption("Nothing waits or works now.")


def _against(what: str, now: float, limit: settings.Number, unit: str) -> tuple[str, ...]:
    most = limit.value()
    return what, f"{now:,.0f} {unit}", f"{most:,.0f} {unit}", f"{now / most:.0%}"


def _doing(run: jobs.Run) -> str:
    return escape(one_line(run.stages[-1].title if run.stages else "Start"))


def settings_table() -> None:
    """Draws every setting with its value, its default and the variable that sets it."""
    rows = [_row(setting) for setting in settings.SETTINGS]
    rows.append(
        (
            f"What a program sends to upload a model\n{settings.PREFIX}TOKEN",
            "set" if settings.api_token() else "not set",
            "not set",
        )
    )
    table.draw("Settings", ("Setting, and what sets it", "Value", "Default"), rows, numbers=[1, 2])


def _row(setting: settings.Number | settings.Switch) -> tuple[str, str, str]:
    value, default = setting.value(), setting.default
    changed = "\nset by the operator" if value != default else ""
    words = f"{setting.text[0].upper()}{setting.text[1:]}\n{setting.variable}"
    return words, f"{_shown(value)}{changed}", _shown(type(value)(default))


def _shown(value: float | bool) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else f"{value:,g}"
