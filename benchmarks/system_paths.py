"""The parts of this machine that frameworks read to run: what the sandbox leaves visible of it."""

import sys

from benchmarks.settings import PROJECT

SYSTEM = tuple(
    dict.fromkeys(
        (
            "/usr",
            "/bin",
            "/sbin",
            "/lib",
            "/lib32",
            "/lib64",
            "/etc/ld.so.cache",
            "/etc/alternatives",
            "/sys/devices/system/cpu",
            sys.base_prefix,
            sys.prefix,
            str(PROJECT / "benchmarks"),
        )
    )
)
