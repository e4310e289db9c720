"""Whether an NVIDIA device is in reach, told without starting CUDA, after which nothing can be forked."""

from pathlib import Path

DEVICE = "cuda"


def unavailable() -> str:
    """Why no model can be run on one; "" where nothing speaks against it."""
    if any(node.name.removeprefix("nvidia").isdigit() for node in Path("/dev").glob("nvidia*")):
        return ""
    return "no NVIDIA device is in reach of the sandbox (/dev/nvidia0)"


def unavailable_to_torch() -> str:
    import torch

    if not torch.backends.cuda.is_built():
        return f"this build of torch ({torch.__version__}) is without CUDA"
    return unavailable()
