"""What protects this machine from models, in words: on the start line, on every page, on the page Status."""

import streamlit as st

from benchmarks import sandbox, settings
from benchmarks.sandbox import Protection, Trial
from pages.view import table, text

NO_SANDBOX = "none"
FIXES = (
    "Install bubblewrap (Debian: `apt-get install bubblewrap`), or use a kernel with Landlock, and start the "
    "server again. It also runs models without a sandbox, when asked to: "
    f"`streamlit run app.py -- --unsafe-no-sandbox`, or `{settings.UNSAFE_NO_SANDBOX.variable}=1`."
)
NAMES = {"namespaces": "Namespaces", "landlock": "Landlock", "seccomp": "seccomp"}


def start_line() -> str:
    """One line for the terminal: which mode protects, and what it costs to be root."""
    return " ".join(filter(None, (sandbox.protection().reason, sandbox.running_as_root())))


def banner() -> None:
    """Warns on every page while the operator lets models run without a sandbox."""
    if settings.UNSAFE_NO_SANDBOX.value() and sandbox.protection().mode == NO_SANDBOX:
        st.error(
            "**No sandbox:** a model run here can read, change and send whatever this server can. "
            "Run only models that you would run as a program."
        )


def can_run() -> bool:
    """Whether models are run here at all."""
    return settings.UNSAFE_NO_SANDBOX.value() or in_a_sandbox()


def in_a_sandbox() -> bool:
    """Whether a model that is run is run inside one."""
    return sandbox.protection().mode != NO_SANDBOX


def explain_refusal() -> None:
    """Says, where no sandbox works, what that means and how to mend it."""
    st.warning(
        f"**No model can be run here.** {text.plain(sandbox.protection().reason)} A model can still be "
        f"uploaded, examined and described.\n\n{FIXES}"
    )


def show() -> None:
    """Draws the mode that protects now, with the evidence for it."""
    found = sandbox.protection()
    label, colour = _state(found)
    with st.container(border=True):
        st.badge(label, color=colour)
        st.markdown(text.plain(found.reason))
        if found.layers:
            st.markdown(f"Layers: {', '.join(NAMES[name] for name in NAMES if name in found.layers)}")
        if found.mode == NO_SANDBOX:
            st.markdown(FIXES)
    if root := sandbox.running_as_root():
        st.warning(text.plain(root))
    st.subheader("What the self-test tried", anchor=False)
    st.markdown(
        "At its start the server puts each combination of layers on, tries to get out of it, and takes the "
        "first that holds."
    )
    table.draw("Self-test", ("Layers", "Outcome"), [_row(trial) for trial in sandbox.trials()])


def _state(found: Protection) -> tuple[str, str]:
    if found.mode == NO_SANDBOX:
        return ("No sandbox", "red") if settings.UNSAFE_NO_SANDBOX.value() else ("Models are not run", "red")
    return ("Degraded", "orange") if found.degraded else ("Protected", "green")


def _row(trial: Trial) -> tuple[str, str]:
    layers = " + ".join(NAMES[name] for name in NAMES if name in trial.layers)
    if trial.failure:
        return layers, f"○\u00a0could not be tried\n{trial.failure}"
    held = [attempt for attempt in trial.attempts if attempt not in trial.escaped]
    lines = ["✓\u00a0nothing got out" if not trial.escaped else "✗\u00a0something got out"]
    if trial.escaped:
        lines.append(f"got out: {', '.join(trial.escaped)}")
    lines.append(f"held: {', '.join(held)}")
    return layers, "\n".join(lines)
