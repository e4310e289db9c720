"""How a PyTorch model is given as its source, in lines to copy."""

import streamlit as st

from benchmarks.inspection.pytorch_source import EXAMPLE

WEIGHTS = 'safetensors.torch.save_file(model.state_dict(), "model.safetensors")'


def draw() -> None:
    """Draws what the source must define, folded away."""
    with st.expander("PyTorch source: what to upload"):
        st.markdown(
            "A `.py` that defines `get_model()` and `example_inputs()`, so that tracing, scripting and "
            "`torch.export` are compared on one model. It is a program: it runs inside the sandbox, and only "
            "after you confirm that you trust its author. Without a sandbox it is not run at all."
        )
        st.code(EXAMPLE, language="python")
        st.markdown("To compare the trained model, put its weights beside it and zip both:")
        st.code(WEIGHTS, language="python")
