"""Every attempt of `attempts` as a case: a `.pt2` whose weight is a pickle that makes the attempt.

An operator who allows pickles and an uploader who confirms them take such a model; what it does must
stay inside.
"""

from dataclasses import replace

from tests.security.corpus import pt2
from tests.security.corpus.case import Case

_NOT_PROMISED = {
    # Landlock hides what is in a file and in a folder, not that it is there, nor its size and age.
    "stat_outside": ("landlock",),
    # One's own processes are those of the whole machine where there is no process name space.
    "list_processes": ("landlock",),
}
_HARMS = {
    "write_outside": ("markers",),
    "read_outside": ("leaks",),
    "sibling_read": ("leaks",),
    "sibling_write": ("changes",),
    "attributes": ("changes",),
    "links": ("leaks",),
    "move_outside": ("markers", "changes"),
    "signals_by_file": ("killed",),
    "signals": ("killed",),
    "execute": ("markers",),
    "tcp": ("connections",),
    "udp": ("connections",),
    "unix": ("connections",),
    "left_files": ("left",),
}
_ENDS = {
    "endless": ("timeout",),
    "sleep": ("timeout",),
    "outlive": ("timeout",),
    "stop_self": ("timeout",),
    "hang_up": ("timeout", "crashed", "no-server"),
    "memory": ("out-of-memory",),
    "shared_memory": ("PermissionError", "out-of-memory"),
    "disk": ("disk-full",),
    "one_file": ("file-too-large",),
    "tiny_files": ("disk-full",),
    "threads": ("too-many-processes",),
    "printing": ("output-too-large",),
    "flood_of_lines": ("output-too-large",),
    "flood_of_nonsense": ("output-too-large",),
    "long_line": ("output-too-large",),
    "endless_line": ("output-too-large",),
    "fake_result": ("bad-answer",),
    "second_result": ("bad-answer",),
    "crash": ("crashed",),
    "kill_self": ("crashed",),
    "exit_now": ("crashed",),
    "recursion": ("crashed", "out-of-memory", "RecursionError"),
    "unlimited_exception": ("RuntimeError", "output-too-large"),
}

QUIET = (
    "write_outside", "read_outside", "list_outside", "stat_outside", "sibling_write", "sibling_read",
    "above_workspace", "program_files", "kernel_files", "links", "special_files", "attributes",
    "setuid_file", "move_outside", "read_the_server", "list_processes", "secrets", "inherited_descriptors",
    "handles", "devices", "tcp", "udp", "unix", "listen", "fork", "signals_by_file", "signals",
    "limits_of_the_server", "own_limits", "trace", "steal_descriptors", "privileges", "kernel_surface",
    "system_v", "anonymous_memory", "left_files", "descriptors", "linked_results",
)  # fmt: skip
"""Those that come back whatever happens. In a sandbox that holds they do nothing to one another, so that
one job makes all of them; alone they are run where a layer is taken away."""

LOUD = (
    "execute", "outlive", "endless", "sleep", "memory", "shared_memory", "disk", "one_file", "sparse_file",
    "box_memory", "tiny_files", "deep_folders", "unreadable_folder", "threads", "printing",
    "flood_of_lines", "flood_of_nonsense", "long_line", "endless_line", "deep_json", "fake_end",
    "fake_problem", "fake_result", "numbers_without_end", "not_text", "hang_up", "half_a_line",
    "second_result", "fifo_results", "exit_now", "crash", "kill_self", "stop_self", "recursion",
    "unlimited_exception",
)  # fmt: skip


def _case(name: str) -> Case:
    return Case(
        f"code-{name.replace('_', '-')}",
        "pt2",
        "contained",
        pt2.attempt(name),
        framework="torch",
        loads_as="pt2",
        inputs=pt2.INPUTS,
        harms=_HARMS.get(name, ()),
        ends=_ENDS.get(name, ()),
        not_in=_NOT_PROMISED.get(name, ()),
        pickled=True,
        attempts=(name,),
    )


TOGETHER = replace(_case("together"), build=pt2.attempt(*QUIET), attempts=QUIET, not_in=(), harms=())
ALONE = tuple(_case(name) for name in QUIET)
CASES = (TOGETHER, *ALONE, *(_case(name) for name in LOUD))
