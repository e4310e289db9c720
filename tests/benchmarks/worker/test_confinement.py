"""What a process can still do after it confined itself, each system call tried for real."""

import json
import platform
import subprocess
import sys

import pytest

from benchmarks.settings import PROJECT

CONFINED = """
import ctypes, errno, fcntl, json, mmap, os, resource, socket, struct, sys, threading
sys.path.insert(0, {project!r})
from benchmarks.worker import confinement
libc = ctypes.CDLL(None, use_errno=True)
out = {{}}
def call(name, number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(number, *arguments)
    out[name] = errno.errorcode[ctypes.get_errno()] if result < 0 else "done"
def attempt(name, act):
    try:
        act()
        out[name] = "done"
    except OSError as error:
        out[name] = errno.errorcode[error.errno]
own, layers = sys.argv[1], set(sys.argv[2].split(","))
parent = os.getppid()
confinement.confine(layers, own, programs={programs})
{statements}
print(json.dumps(out))
"""


@pytest.fixture
def confined(tmp_path):
    """Runs statements after `confine`, the folder `own` left writable, and returns what they found."""
    own = tmp_path / "own"
    own.mkdir()

    def run(statements: str, layers: str = "landlock,seccomp", programs: bool = False) -> dict:
        code = CONFINED.format(project=str(PROJECT), statements=statements, programs=programs)
        done = subprocess.run(
            [sys.executable, "-c", code, str(own), layers], capture_output=True, text=True, timeout=30
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


FORBIDDEN = """
x86 = os.uname().machine == "x86_64"
attempt("socket", lambda: socket.socket())
attempt("udp", lambda: socket.socket(type=socket.SOCK_DGRAM))
attempt("pair", lambda: socket.socketpair())
attempt("execute", lambda: os.execv("/bin/true", ["true"]))
attempt("fork", os.fork)
attempt("kill", lambda: os.kill(parent, 0))
attempt("pidfd", lambda: os.pidfd_open(parent))
attempt("symlink", lambda: os.symlink("/etc/passwd", own + "/link"))
open(own + "/file", "w").close()
attempt("link", lambda: os.link(own + "/file", own + "/second"))
attempt("chmod", lambda: os.chmod(own + "/file", 0o777))
attempt("chown", lambda: os.chown(own + "/file", 0, 0))
attempt("utime", lambda: os.utime(own + "/file"))
attempt("fifo", lambda: os.mkfifo(own + "/fifo"))
attempt("memfd", lambda: os.memfd_create("x"))
attempt("nice", lambda: os.setpriority(os.PRIO_PROCESS, 0, 5))
attempt("limits of another", lambda: resource.prlimit(parent, resource.RLIMIT_CORE))
attempt("processors of another", lambda: os.sched_setaffinity(parent, {0}))
attempt("empty by name", lambda: os.truncate(own + "/file", 0))
attempt("owner of a file", lambda: fcntl.fcntl(sys.stdin, fcntl.F_SETOWN, parent))
attempt("signal of a file", lambda: fcntl.fcntl(sys.stdin, fcntl.F_SETSIG, 9))
attempt("owner by ioctl", lambda: fcntl.ioctl(sys.stdin, 0x8901, struct.pack("i", parent)))
attempt("shared pages", lambda: mmap.mmap(-1, 4096))
call("watch", 294 if x86 else 26, 0)
call("rules", 444, 0, 0, 1)
open(own + "/moved", "w").close()
call("whiteout", 316 if x86 else 276, -100, (own + "/moved").encode(), -100, (own + "/there").encode(), 4)
attempt("group", lambda: os.setpgid(0, 0))
attempt("user", lambda: os.setuid(65534))
attempt("attribute", lambda: os.setxattr(own + "/file", "user.x", b"1"))
attempt("splice", lambda: os.splice(0, 1, 1))
call("shared memory", 29 if x86 else 194, 0, 4096, 0o1600)
call("ptrace", 101 if x86 else 117, 16, parent, 0, 0)
call("unshare", 272 if x86 else 97, 0x10000000)
call("userfaultfd", 323 if x86 else 282, 0)
call("io_uring", 425, 8, ctypes.create_string_buffer(120))
call("bpf", 321 if x86 else 280, 0, 0, 0)
call("keyctl", 250 if x86 else 219, 0, -3, 0)
call("clone3", 435, ctypes.create_string_buffer(88), 88)
call("of tomorrow", 470)
call("parent death signal", 157 if x86 else 167, 1, 0, 0, 0, 0)
"""


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="no table of system calls")
def test_no_call_that_leads_out_is_left(confined):
    tried = confined(FORBIDDEN)
    assert [name for name, result in tried.items() if result == "done"] == []
    absent = {name for name, result in tried.items() if result == "ENOSYS"}
    assert absent == {"io_uring", "clone3", "of tomorrow", "splice"}


def test_the_same_calls_work_without_the_filter(confined):
    """So the test above sees the filter, and not a machine that forbids them anyway."""
    # These would work: the rest would be printed twice, or the test itself be stopped.
    ending = ('attempt("execute"', 'attempt("fork"', 'call("clone3"', 'call("ptrace"')
    lines = [line for line in FORBIDDEN.splitlines() if not line.startswith(ending)]
    tried = confined("\n".join(lines), layers="")
    assert sum(result == "done" for result in tried.values()) >= 20


def test_what_inference_needs_is_left(confined):
    tried = confined(
        """
attempt("write", lambda: open(own + "/result", "w").write("x"))
attempt("rename", lambda: (os.mkdir(own + "/a"), os.rename(own + "/result", own + "/a/result")))
attempt("remove", lambda: os.remove(own + "/a/result"))
attempt("thread", lambda: (t := threading.Thread(target=int), t.start(), t.join()))
attempt("own processors", lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)))
attempt("own limits", lambda: resource.getrlimit(resource.RLIMIT_AS))
attempt("own signal", lambda: os.kill(os.getpid(), 0))
attempt("library", lambda: open(ctypes.__file__).read())
attempt("random", lambda: open("/dev/urandom", "rb").read(8))
attempt("null", lambda: open("/dev/null", "w").write("x"))
attempt("own state", lambda: open("/proc/self/statm").read())
attempt("processor", lambda: open("/proc/cpuinfo").read())
attempt("pipe", os.pipe)
attempt("not blocking", lambda: os.set_blocking(os.pipe()[0], False))
attempt("pages", lambda: mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
attempt("shorten", lambda: open(own + "/result", "w").truncate(0))
"""
    )
    assert set(tried.values()) == {"done"}, tried


def test_nothing_else_of_the_machine_is_read_or_written(confined, tmp_path):
    (tmp_path / "secret").write_text("hunter2")
    (tmp_path / "own" / "link").symlink_to(tmp_path / "secret")
    tried = confined(
        f"""
for path in ["/etc/passwd", "/etc/hostname", {str(PROJECT / "pyproject.toml")!r},
             {str(tmp_path / "secret")!r}, own + "/link", f"/proc/{{parent}}/environ", "/proc/1/environ"]:
    attempt(path, lambda: open(path).read())
for path in ["/tmp/x", "/dev/shm/x", "/usr/x", "/x", {str(tmp_path / "new")!r}]:
    attempt(path, lambda: open(path, "w").write("x"))
attempt("list", lambda: os.listdir("/"))
attempt("truncate", lambda: os.truncate({str(tmp_path / "secret")!r}, 0))
attempt("move", lambda: os.rename(own + "/link", {str(tmp_path / "moved")!r}))
""",
        layers="landlock",
    )
    assert "done" not in tried.values(), tried
    assert (tmp_path / "secret").read_text() == "hunter2"


def test_an_end_by_abort_stays_one(tmp_path):
    """A crash must look like a crash: `abort` signals the process itself."""
    code = CONFINED.format(project=str(PROJECT), statements="os.abort()", programs=False)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), "landlock,seccomp"], capture_output=True
    )
    assert done.returncode == -6


def test_both_architectures_have_a_filter():
    from benchmarks.worker import seccomp, syscalls

    for machine in syscalls.ARCHITECTURES:
        for programs in (False, True):
            program = seccomp.assemble(123, machine, programs)
            assert len(program) % 8 == 0
            assert len(program) // 8 < 4096  # the kernel takes no more


COMPILING = """
import subprocess
def program(name, *line):
    done = subprocess.run(line, capture_output=True, text=True, close_fds=False)
    out[name] = done.returncode, done.stdout.strip()
program("compiler", "/bin/sh", "-c", "echo 1 > " + own + "/written; cat " + own + "/written")
program("outside", "/bin/cat", "/etc/passwd")
program("write outside", "/bin/sh", "-c", "echo 1 > " + own + "/../there")
program("connect", sys.executable, "-c", "import socket; socket.socket()")
program("namespace", "/usr/bin/unshare", "--user", "/bin/true")
program("signal", "/bin/sh", "-c", "kill -0 " + str(parent))
brought = os.open(own + "/brought", os.O_CREAT | os.O_WRONLY, 0o755)
os.write(brought, open("/bin/true", "rb").read())
os.close(brought)
attempt("brought along", lambda: os.execv(own + "/brought", ["brought"]))
attempt("socket", lambda: socket.socket())
attempt("change a mode", lambda: os.chmod(own + "/written", 0o755))
"""


def test_a_step_that_may_start_programs_starts_the_systems_only_inside_its_walls(confined):
    found = confined(COMPILING, programs=True)
    assert found["compiler"] == [0, "1"]
    assert {name for name, done in found.items() if done in ("done", [0, ""])} == set()
    assert all(done[0] for name, done in found.items() if isinstance(done, list) and name != "compiler")
