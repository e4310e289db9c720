"""Changes of shape on TensorFlow."""

import numpy as np
import tensorflow as tf


class TensorFlowShape:
    def reshape(self, x, shape: list):
        return tf.reshape(x, self.vector(shape))

    def transpose(self, x, perm: list[int]):
        last = self.last.get(id(x))
        if last is not None:
            rank = len(perm)
            place = [0, rank - 1, *range(1, rank - 1)]
            perm, x = [place[p] for p in perm], last[1]
            if perm == list(range(rank)):
                return x
        return tf.transpose(x, perm)

    def expand(self, x, shape: list):
        known = x.shape.as_list()
        merged = [k if isinstance(s, int) and s == -1 else s for k, s in zip(known, shape, strict=True)]
        return tf.broadcast_to(x, self.vector(merged))

    def expand_both(self, x, shape: list):
        """Broadcasts x with a shape, either of which may have the longer dimension."""
        mine = self.shape(x)
        if all(isinstance(d, int) for d in [*shape, *mine]):
            return tf.broadcast_to(x, np.broadcast_shapes(tuple(mine), tuple(shape)))
        both = tf.broadcast_dynamic_shape(
            tf.shape(x, out_type=tf.int64), tf.convert_to_tensor(self.vector(shape))
        )
        y = tf.broadcast_to(x, both)
        rank = max(len(mine), len(shape))
        y.set_shape([None] * rank) if not self.eager else None
        return y

    def tile(self, x, counts: list):
        return tf.tile(x, self.vector(counts))

    def concat(self, parts: list, axis: int):
        last = [self.last.get(id(part)) for part in parts]
        if axis == 1 and all(entry is not None for entry in last):
            return self.from_last(tf.concat([entry[1] for entry in last], -1))
        return tf.concat(parts, axis)

    def stack(self, parts: list, axis: int):
        return tf.stack(parts, axis)

    def split(self, x, sizes: list, axis: int) -> list:
        """Where it can in a way that LiteRT has, which takes sizes of 32 bits."""
        known = all(isinstance(size, int) for size in sizes)
        if known and len(set(sizes)) == 1:
            return tf.split(x, len(sizes), axis)
        lengths = np.array(sizes, np.int32) if known else self.vector(sizes)
        return list(tf.split(x, lengths, axis, num=len(sizes)))

    def unsqueeze(self, x, axes: list[int]):
        for axis in sorted(axes):
            x = tf.expand_dims(x, axis)
        return x

    def squeeze(self, x, axes: list[int]):
        return tf.squeeze(x, axes) if axes else x

    def slice(self, x, axis: int, start, stop, step: int):
        """As Python slices, with a positive step; `stop` None is the end."""
        return x[(*[slice(None)] * axis, slice(_held(start), _held(stop), step))]

    slice_open = slice

    def slice_back(self, x, axis: int, start, stop, step: int):
        """With a negative step over sizes that are not known."""
        if isinstance(stop, int) and stop < -(1 << 30):
            stop = None
        return self.slice(x, axis, start, stop, step)

    def flip(self, x, axes: list[int]):
        return tf.reverse(x, axes)

    def pad(self, x, pads: list[tuple], value=0):
        """`pads`: before and after for each axis; none may be negative."""
        if all(isinstance(p, int) and p == 0 for pair in pads for p in pair):
            return x
        if isinstance(value, float) and abs(value) == float("inf") and x.dtype.is_integer:
            value = x.dtype.max if value > 0 else x.dtype.min
        value = tf.cast(value, x.dtype)
        last = self.last.get(id(x))
        if last is not None and pads[0] == (0, 0) and pads[1] == (0, 0):
            around = tf.reshape(
                self.vector([p for pair in [pads[0], *pads[2:], pads[1]] for p in pair]), [-1, 2]
            )
            return self.from_last(tf.pad(last[1], around, constant_values=value))
        around = tf.reshape(self.vector([p for pair in pads for p in pair]), [-1, 2])
        return tf.pad(x, around, constant_values=value)


def _held(end):
    """Ends beyond 32 bits as what they mean."""
    if isinstance(end, int):
        return None if end >= (1 << 31) - 1 else max(end, -(1 << 31) + 1)
    return end
