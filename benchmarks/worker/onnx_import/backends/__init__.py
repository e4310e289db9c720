"""The primitives that the operator table is written in: one implementation on torch, one on TensorFlow.

Tensors support Python's arithmetic and comparison operators among themselves and with numbers. Dimensions
are ints where they are known and the framework's own symbols where they are not; axes are ints, never
negative.
"""
