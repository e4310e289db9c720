"""The only place that imports the frameworks. Nobody imports this package: it is started as a
process (`python -m benchmarks.worker`), preloads everything, and serves each task in a fork of
itself that is used once."""
