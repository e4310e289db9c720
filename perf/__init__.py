"""What the program itself costs, measured: `python -m perf [NAME …]`, or `make perf`.

One file for each measurement, each with the same function: `measure(folder) -> Iterator[Row]` works in
`folder`, which is empty and removed afterwards, and yields a row of the table as soon as it knows one. What
is a comparison is measured as the ratio of two things done in turn, so that it holds on a slow machine too.
"""
