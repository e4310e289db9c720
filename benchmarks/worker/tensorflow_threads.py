"""TensorFlow's thread pools, which are sized once, before the first operator runs in the fork."""

import tensorflow as tf


def set_threads(threads: int) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
