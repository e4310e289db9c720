"""Reading from and writing to places in a tensor on TensorFlow."""

import tensorflow as tf


class TensorFlowIndexing:
    def take(self, x, indices, axis: int):
        """Indices of any rank along an axis; none may be negative."""
        return tf.gather(x, indices, axis=axis)

    def _flat(self, x, indices, axis: int):
        """Places in the flattened x of indices along one axis."""
        known, where = self.shape(x), self.shape(indices)
        total = tf.zeros([1] * len(known), tf.int64)
        for i, length in enumerate(known):
            if i == axis:
                place = tf.cast(indices, tf.int64)
            else:
                shape = [1] * len(known)
                shape[i] = where[i]
                place = self.reshape(self.arange(where[i]), shape)
            total = total * length + place
        return total

    def take_along(self, x, indices, axis: int):
        return tf.gather(tf.reshape(x, [-1]), self._flat(x, indices, axis))

    def scatter(self, x, indices, updates, axis: int, reduction: str):
        flat = tf.reshape(tf.broadcast_to(self._flat(x, indices, axis), tf.shape(updates)), [-1])
        y = self._written(tf.reshape(x, [-1]), flat, tf.reshape(updates, [-1]), reduction)
        return tf.reshape(y, tf.shape(x))

    def scatter_rows(self, x, indices, updates, reduction: str):
        """Rows of a matrix: x[indices[i]] = updates[i]."""
        return self._written(x, indices, updates, reduction)

    def _written(self, x, rows, updates, reduction: str):
        places = tf.expand_dims(rows, 1)
        if reduction == "mul":
            return x * tf.math.unsorted_segment_prod(updates, rows, tf.shape(x, out_type=tf.int64)[0])
        function = {
            "none": tf.tensor_scatter_nd_update,
            "add": tf.tensor_scatter_nd_add,
            "max": tf.tensor_scatter_nd_max,
            "min": tf.tensor_scatter_nd_min,
        }[reduction]
        return function(x, places, updates)

    def logical_not_equal_zero(self, x):
        return tf.not_equal(x, tf.cast(0, x.dtype))

    def nonzero(self, x):
        """One row for each element that is not zero."""
        return tf.where(x)

    def select(self, x, mask, axis: int):
        """The slices along an axis where a vector of bool is true."""
        return tf.gather(x, tf.reshape(tf.where(mask), [-1]), axis=axis)

    def unique(self, x):
        """Of a vector, sorted: values, for each element the index of its value, and counts."""
        values, inverse, counts = tf.unique_with_counts(x, tf.int64)
        order = tf.argsort(values, stable=True)
        rank = tf.cast(tf.argsort(order), tf.int64)
        return tf.gather(values, order), tf.gather(rank, inverse), tf.gather(counts, order)

    def unique_rows(self, x):
        values, inverse, counts = tf.raw_ops.UniqueWithCountsV2(x=x, axis=[0], out_idx=tf.int64)
        columns = x.shape[1]
        if columns is None:
            raise self.node.unsupported("the size of a row is not known")
        order = tf.range(tf.shape(values, out_type=tf.int64)[0])
        for column in reversed(
            range(columns)
        ):  # by the last column first, each sort keeping the order before
            by = tf.argsort(tf.gather(values[:, column], order), stable=True)
            order = tf.gather(order, by)
        rank = tf.cast(tf.argsort(order), tf.int64)
        return tf.gather(values, order), tf.gather(rank, inverse), tf.gather(counts, order)
