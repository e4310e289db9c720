"""Keras' own applications with random weights and small inputs, and a few other networks of Keras."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

CLASSES = 7
APPLICATIONS: dict[str, tuple[str, int, dict]] = {
    "convnext_tiny": ("ConvNeXtTiny", 32, {}),
    "densenet121": ("DenseNet121", 32, {}),
    "efficientnet_b0": ("EfficientNetB0", 64, {}),
    "efficientnet_v2_b0": ("EfficientNetV2B0", 64, {}),
    "inception_v3": ("InceptionV3", 75, {}),
    "mobilenet": ("MobileNet", 32, {"alpha": 0.25}),
    "mobilenet_v2": ("MobileNetV2", 32, {"alpha": 0.35}),
    "mobilenet_v3_small": ("MobileNetV3Small", 32, {}),
    "nasnet_mobile": ("NASNetMobile", 32, {}),
    "resnet50": ("ResNet50", 32, {}),
    "resnet50_v2": ("ResNet50V2", 32, {}),
    "vgg16": ("VGG16", 32, {}),
    "xception": ("Xception", 71, {}),
}
"""Name → class in keras.applications, pixels of a side, further arguments."""
OF_PIXELS = {"efficientnet_b0", "efficientnet_v2_b0"}
"""Settled on pixels of 0 to 255, which they scale themselves, and with gates that are half open: random ones
shut and open by a last bit of what is large, and amplify it until nothing can be held against the source. So
tamed, it answers in float32 as in float64 to 1e-5 of its scale, from zeros to pixels of 1000."""
HALF_OPEN = 0.05
"""What the weights of those gates are scaled by."""


def names() -> list[str]:
    return [*APPLICATIONS, *OTHERS]


def build(name: str, folder: Path) -> None:
    """Writes `name.keras`. Raises ValueError where its outputs say nothing."""
    import keras

    from tests.benchmarks.zoo.build import demand_variation

    keras.utils.set_random_seed(0)
    model = _application(*APPLICATIONS[name]) if name in APPLICATIONS else OTHERS[name]()
    if name in OF_PIXELS:
        for layer in model.layers:
            if re.search("se_(reduce|expand)", layer.name):
                layer.kernel.assign(layer.kernel * HALF_OPEN)
    feeds = [_drawn(tensor.shape, tensor.dtype, name in OF_PIXELS) for tensor in model.inputs]
    _settle(model, feeds)
    outputs = model(feeds[0] if len(feeds) == 1 else feeds, training=False)
    arrays = [np.asarray(array) for array in (outputs if isinstance(outputs, list) else [outputs])]
    demand_variation(name, arrays)
    model.save(folder / f"{name}.keras")


def _drawn(shape: tuple, dtype: str, pixels: bool) -> np.ndarray:
    rng = np.random.default_rng(0)
    shape = (32, *shape[1:])  # of fewer, the statistics of a map of one pixel are none
    if pixels:
        return rng.uniform(0, 255, shape).astype("float32")
    return rng.integers(0, 8, shape) if dtype.startswith("int") else rng.standard_normal(shape, "float32")


def _settle(model, feeds: list[np.ndarray]) -> None:
    """Statistics of normalisation from one batch: with fresh ones a deep network's signal dies out."""
    import keras

    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    kept = [layer.momentum for layer in norms]
    for layer in norms:
        layer.momentum = 0.0
    if norms:
        model(feeds[0] if len(feeds) == 1 else feeds, training=True)
    for layer, momentum in zip(norms, kept, strict=True):
        layer.momentum = momentum


def _application(name: str, side: int, arguments: dict):
    """Without the layers on top, which would be most of the weights, and with a small head of its own."""
    import keras

    body = getattr(keras.applications, name)(
        weights=None, include_top=False, input_shape=(side, side, 3), pooling="avg", **arguments
    )
    return keras.Model(body.inputs, keras.layers.Dense(CLASSES, name="head")(body.outputs[0]))


def _lstm():
    import keras

    steps = keras.Input((8, 5), name="steps")
    both = keras.layers.Bidirectional(keras.layers.LSTM(6, return_sequences=True))(steps)
    return keras.Model(steps, keras.layers.Dense(3)(keras.layers.LSTM(6)(both)))


def _gru():
    import keras

    words = keras.Input((6,), dtype="int32", name="words")
    hidden = keras.layers.GRU(8)(keras.layers.Embedding(30, 8)(words))
    return keras.Model(words, keras.layers.Dense(3, "softmax")(hidden))


def _attention():
    import keras

    steps = keras.Input((8, 12), name="steps")
    heads = keras.layers.MultiHeadAttention(2, 6)(steps, steps)
    normed = keras.layers.LayerNormalization()(steps + heads)
    return keras.Model(steps, keras.layers.Dense(4)(keras.layers.GlobalAveragePooling1D()(normed)))


def _unet():
    import keras

    image = keras.Input((16, 16, 2), name="image")
    one = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(image)
    two = keras.layers.Conv2D(8, 3, 2, padding="same", activation="swish")(one)
    up = keras.layers.Conv2DTranspose(8, 3, 2, padding="same")(two)
    joined = keras.layers.Concatenate()(
        [up, keras.layers.UpSampling2D(2, interpolation="bilinear")(two), one]
    )
    return keras.Model(image, [keras.layers.Conv2D(2, 1)(joined), keras.layers.GlobalMaxPooling2D()(two)])


def _grouped():
    """Grouped convolutions, which Keras compiles, and the exact GELU, as in ConvNeXt."""
    import keras

    image = keras.Input((8, 8, 8), name="image")
    mixed = keras.layers.Conv2D(8, 3, groups=8, padding="same")(image)
    wide = keras.layers.Dense(16, "gelu")(keras.layers.LayerNormalization()(mixed))
    return keras.Model(image, keras.layers.Dense(4)(keras.layers.GlobalAveragePooling2D()(wide)))


OTHERS: dict[str, Callable] = {
    "lstm": _lstm,
    "gru": _gru,
    "attention": _attention,
    "grouped": _grouped,
    "unet": _unet,
}
