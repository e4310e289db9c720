"""Where a comparison begins: an upload or a sample; then what is still to be said, and the button."""

from contextlib import suppress

import streamlit as st

from benchmarks import jobs, warm
from benchmarks.comparison import DEFAULT_BUDGET_S, Options, missing_shapes
from benchmarks.errors import Problem, ProblemError
from benchmarks.samples import SAMPLES
from benchmarks.settings import max_model_bytes
from benchmarks.typed import read_batches, read_shape
from pages.http.answers import too_fast
from pages.http.clients import this_client
from pages.http.rates import BEGINNINGS
from pages.view import coverage, model, protection, source_help, text, upload

LONGEST_BUDGET_S = 300.0


def choose() -> None:
    """Asks for a model. An upload that is taken, or a sample, becomes a draft in the address."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Your model", anchor=False)
        uploaded = upload.draw(
            f"or drop one here, up to {max_model_bytes() / 1e6:,.0f} MB. It is examined from its bytes first "
            "and executed only after you start the comparison"
            f"{', inside a sandbox' if protection.in_a_sandbox() else ''}."
        )
        st.caption(
            "ONNX (with files of weights: as .zip), TorchScript, torch.export (.pt2), Keras, LiteRT "
            "(.tflite), a SavedModel as .zip or .tar.gz, scikit-learn (.skops), XGBoost (.ubj, .json), "
            "LightGBM (.txt) or PyTorch source (.py, with weights as .safetensors: as .zip)"
        )
        source_help.draw()
    with right:
        st.subheader("Or a sample", anchor=False)
        sample = st.selectbox(
            "Sample",
            SAMPLES,
            index=None,
            format_func=lambda sample_id: SAMPLES[sample_id].name,
            placeholder="Choose a model that comes with the program",
            key="sample",
        )
        st.caption(
            text.plain(SAMPLES[sample].text) if sample else "Real architectures, built when first used"
        )
        if sample and st.button("Use this sample"):
            try:
                begin()
                uploaded = jobs.from_sample(sample).id
            except ProblemError as error:
                refuse(error.problem)
    if uploaded:
        st.query_params.from_dict({"run": uploaded})
        st.rerun()


def begin() -> None:
    """Counts something that this client begins. Raises ProblemError where that is too much in a minute."""
    if wait_s := BEGINNINGS.take(this_client()):
        raise ProblemError(**vars(too_fast(wait_s, "uploads and starts")))


def refuse(problem: Problem) -> None:
    """One sentence on what was wrong, one on what to do next."""
    st.error(text.problem(problem))


def ask(run: jobs.Run, button: str = "Convert, verify and measure") -> None:
    """Asks for what the file does not say, and starts the run."""
    # A sample brings its shapes with it.
    missing = missing_shapes(run.description, {}) if run.description and not run.sample else []
    with st.form("start", border=False, enter_to_submit=False):
        if missing:
            st.subheader("Example shapes", anchor=False)
            st.markdown(
                "The file does not fix the shape of every input. Give that of one example; its first number "
                "is the batch."
            )
        typed = {
            spec.name: st.text_input(
                f"Shape of {text.plain(model.one_line(spec.name))}",
                key=f"shape {number}",
                placeholder="1,3,224,224",
                help=text.plain(f"{spec.dtype or 'type not stored'}; shape {model.shape(spec)}"),
            )
            for number, spec in enumerate(missing)
        }
        with st.expander("Options"):
            batches = st.text_input(
                "Batch sizes", "1", key="batches", help="Separated by commas; the first decides the verdict."
            )
            budget = st.number_input(
                "Seconds of measuring",
                1.0,
                LONGEST_BUDGET_S,
                DEFAULT_BUDGET_S,
                1.0,
                format="%g",
                key="budget",
                help="Longer makes the intervals narrower.",
            )
        pickled = run.description.pickled if run.description else ()
        trusted = bool(pickled) and st.checkbox(
            "I trust the author of this model: it contains pickles, which run code when loaded", key="trusted"
        )
        code = run.description.code if run.description else ()
        trusts_code = bool(code) and st.checkbox(
            "I trust the author of this model: it is a program, which is executed when the comparison starts",
            key="trusts_code",
        )
        started = st.form_submit_button(button, type="primary")
    if started:
        try:
            shapes = tuple((spec.name, read_shape(typed[spec.name], spec)) for spec in missing)
            options = Options(
                (), read_batches(batches), budget, shapes, trust_pickle=trusted, trust_code=trusts_code
            )
            begin()
            jobs.start(run.id, options, warm.shared().address)
        except ProblemError as error:
            refuse(error.problem)
        else:
            st.rerun()


def draft(run: jobs.Run) -> None:
    """Shows what was uploaded or chosen, and what the file says of itself, with the button to start."""
    if run.sample:
        st.markdown(text.plain(SAMPLES[run.sample].text))
        st.caption("It is described as soon as it is built: the first step of the run.")
    ask(run)
    if run.description:
        st.subheader("What the file says", anchor=False)
        model.show(run.description)
        model.not_examined(run.description)
        model.findings(run.description.findings)
        coverage.show(run.description)


def offer_deletion(run: jobs.Run) -> None:
    """A second click deletes the run with everything in it, for everybody."""
    with st.popover("Delete this run"):
        st.markdown("The model, what it was converted to and the report are removed, for everybody.")
        st.button("Delete it", on_click=_delete, args=(run.id,))


def _delete(run_id: str) -> None:
    with suppress(ProblemError):  # somebody else was faster
        jobs.delete(run_id)
    st.query_params.clear()
