"""Exports a small convolutional classifier as a SavedModel: `python -m perf.small_cnn FOLDER`.

It runs as a process of its own, so that the one that measures loads no framework.
"""

import sys


def main(folder: str) -> None:
    import keras
    from keras import layers

    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [
            keras.Input((64, 64, 3)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.export(folder, format="tf_saved_model", verbose=False)


if __name__ == "__main__":
    main(sys.argv[1])
