"""Data-dependent branches and loops on TensorFlow."""

import tensorflow as tf


class TensorFlowControl:
    def branch(self, condition, then, other, captured: list) -> list:
        """`then` and `other` take the captured tensors and return as many tensors as each other."""

        def taken(function):
            return lambda: [self.tensor(value) for value in function(*captured)]

        return list(tf.cond(tf.reshape(condition, []), taken(then), taken(other)))

    def loop(self, trips, condition, carried: list, captured: list, body, scans: int) -> tuple[list, list]:
        """`body(iteration, condition, carried, captured)` returns the next condition, what is carried on
        and `scans` tensors, which are stacked over the iterations; `trips` and `condition` are scalar
        tensors."""
        attempts = [[c.shape for c in carried], [tf.TensorShape([None] * c.shape.rank) for c in carried]]
        attempts.append([tf.TensorShape(None)] * len(carried))
        for number, shapes in enumerate(attempts):
            try:
                return self._loop(trips, condition, carried, captured, body, scans, shapes)
            except ValueError:
                if number + 1 == len(attempts):
                    raise
        raise AssertionError("the last attempt raises")

    def _loop(self, trips, condition, carried, captured, body, scans, shapes):
        probed = self._collected(condition, carried, captured, body)
        arrays = [
            tf.TensorArray(kind, 0, dynamic_size=True, infer_shape=False, element_shape=shape)
            for kind, shape in probed
        ]
        trips, condition = tf.reshape(trips, []), tf.reshape(condition, [])
        count = len(carried)

        def more(i, going, *_):
            return tf.logical_and(i < trips, going)

        def step(i, going, *state):
            onward, after, made = body(i, going, list(state[:count]), captured)
            written = [array.write(tf.cast(i, tf.int32), self.tensor(value))
                       for array, value in zip(state[count:], made, strict=True)]  # fmt: skip
            self._shapes = [self.tensor(value).shape for value in made]
            return (i + 1, tf.reshape(self.tensor(onward), []), *[self.tensor(a) for a in after], *written)

        self._shapes = []
        invariants = [tf.TensorShape([])] * 2 + list(shapes) + [tf.TensorShape(None)] * scans
        _, _, *state = tf.while_loop(
            more, step, [tf.constant(0, tf.int64), condition, *carried, *arrays], shape_invariants=invariants
        )
        stacked = []
        for array, shape in zip(state[count:], self._shapes, strict=False):
            value = array.stack()
            if not self.eager and shape.rank is not None:
                value.set_shape([None, *shape])
            stacked.append(value)
        return list(state[:count]), stacked

    def _collected(self, condition, carried, captured, body) -> list[tuple]:
        """The types and shapes of what an iteration collects, found by building one that is thrown away."""
        found: list = []
        count = len(carried)

        def probe(*state):
            _, _, made = body(state[0], state[1], list(state[2 : 2 + count]), list(state[2 + count :]))
            tensors = [self.tensor(value) for value in made]
            found.extend((tensor.dtype, tensor.shape) for tensor in tensors)
            return tf.constant(0)

        signature = [tf.TensorSpec([], tf.int64), tf.TensorSpec([], tf.bool)]
        signature += [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in [*carried, *captured]]
        before = self.eager, dict(self._count), self.probing
        self.eager, self.probing = False, True
        try:
            tf.function(probe, input_signature=signature, autograph=False).get_concrete_function()
        finally:
            self.eager, self._count, self.probing = before
        return found
