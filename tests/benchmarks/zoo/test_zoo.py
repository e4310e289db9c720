"""The zoo itself: what is in it, and that it proves something."""

import numpy as np
import pytest

from benchmarks.settings import PROJECT
from tests.benchmarks.zoo import keras_models, torch_models
from tests.benchmarks.zoo.build import demand_variation
from tests.benchmarks.zoo.driving import KINDS, build, names

KINDS_OF_PYTORCH = {
    "cnn", "resnet", "mobilenet", "lstm", "gru", "unet", "bert", "distilbert", "gpt2", "llama", "t5_encoder",
    "vit", "branch", "loop", "cond", "embedding_bag", "fft", "dynamic_length", "audio", "conv3d", "norms",
    "autoencoder", "einsum_attention", "two_towers", "detector",
}  # fmt: skip


def test_there_are_enough_of_each_kind():
    assert len(keras_models.APPLICATIONS) >= 12
    assert set(torch_models.names()) >= KINDS_OF_PYTORCH


def test_control_flow_leaves_pytorch_only_whole():
    assert torch_models.forms("branch") == torch_models.forms("loop") == ("scripted",)
    assert torch_models.forms("cond") == ("exported",)
    assert torch_models.forms("cnn") == ("traced", "exported")
    assert "branch" not in names("pt2") and "cond" not in names("torchscript")


def test_outputs_that_are_all_alike_prove_nothing():
    alike = np.full((3, 4), 0.7) + np.random.default_rng(0).standard_normal((3, 4)) * 1e-5
    with pytest.raises(ValueError, match="hardly depend"):
        demand_variation("alike", [alike])
    demand_variation("different", [alike, np.arange(12.0).reshape(3, 4)])


def test_the_page_names_every_model():
    page = (PROJECT / "docs" / "conversions.md").read_text()
    wanted = {name for kind in KINDS for name in names(kind)}
    assert [name for name in sorted(wanted) if f"| {name} |" not in page] == []


@pytest.mark.slow
def test_what_cannot_be_built_is_said(tmp_path):
    with pytest.raises(RuntimeError, match=r"not built: .*'nobody': .KeyError"):
        build("tables", ["nobody"], tmp_path)
