"""Signals, programs, other processes, rights, and parts of the kernel that no inference needs."""

import ctypes
import fcntl
import os
import resource
import signal
import socket
import struct
import time

from tests.security.corpus.attempts.record import LIBC, connection, say, syscall


def signals(at, record) -> None:
    for what, pid in (("the victim", at.victim), ("the server", os.getppid())):
        record.attempt(f"kill {what}", os.kill, pid, 0)
        record.attempt(f"pidfd of {what}", lambda pid=pid: os.close(os.pidfd_open(pid)))
        record.attempt(f"tgkill {what}", syscall, "tgkill", pid, pid, 0)
        record.attempt(f"tkill {what}", syscall, "tkill", pid, 0)
    record.attempt("kill everything", os.kill, -1, 0)
    record.attempt("kill the victim for good", os.kill, at.victim, signal.SIGKILL)


def signals_by_file(at, record) -> None:
    """A file can be told to signal somebody when something happens to it, with any signal: SIGURG, which
    does nothing, to the server; SIGKILL to the victim."""
    channel = connection()
    for what, pid, number in (("the server", os.getppid(), signal.SIGURG), ("the victim", at.victim, 9)):
        if pid == at.victim and not os.path.exists(f"/proc/{pid}"):
            continue  # inside its own process name space the number is nobody's, or somebody else's
        try:
            fcntl.fcntl(channel, fcntl.F_SETOWN, pid)
            fcntl.fcntl(channel, 10, number)  # F_SETSIG
            fcntl.fcntl(channel, fcntl.F_SETFL, fcntl.fcntl(channel, fcntl.F_GETFL) | os.O_ASYNC)
            say(b'{"progress": "x"}\n')
            time.sleep(0.2)
        except OSError as error:
            record.refused[f"signal {what} by a file"] = str(error)
    record.save()


def execute(at, record) -> None:
    marker = os.path.join(at.markers, "exec")

    def run(program):
        import subprocess

        program = [part if part != "MARKER" else marker for part in program]
        return subprocess.run(program, timeout=2, check=True).returncode == 0

    record.attempt("touch a marker", run, ["/usr/bin/touch", "MARKER"])
    record.attempt("run true", run, ["/bin/true"])
    record.attempt("run through a shell", lambda: os.system("true") == 0)
    record.attempt("spawn", lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)[1] == 0)
    # Where it is refused this process goes on; where it works this process becomes /bin/true.
    record.trying = "become another program"
    record.done.append("become another program")
    record.save()
    try:
        os.execv("/bin/true", ["true"])
    except OSError as error:
        record.done.remove("become another program")
        record.refused["become another program"] = str(error)
    record.save()


def fork(at, record) -> None:
    """A child that would outlive the job."""

    def leave():
        pid = os.fork()
        if pid == 0:
            os.setsid()
            time.sleep(60)
            os._exit(0)

    record.attempt("leave a child", leave)
    record.attempt("fork by its number", _raw_fork, "fork")
    record.attempt("clone3", _clone3)


def _raw_fork(name):
    pid = syscall(name)
    if pid == 0:
        time.sleep(60)
        os._exit(0)


def _clone3():
    # struct clone_args: flags … exit_signal at 32, 64 bytes
    pid = syscall("clone3", struct.pack("<8Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0), 64)
    if pid == 0:
        time.sleep(60)
        os._exit(0)


def outlive(at, record) -> None:
    """Ask not to die with the parent, leave its session, ignore every signal; then stay."""
    LIBC.prctl(1, 0)
    for number in range(1, 32):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            continue
    try:
        os.setsid()
    except OSError as error:
        record.refused["setsid"] = str(error)
    record.save()
    while True:
        time.sleep(0.05)


def limits_of_the_server(at, record) -> None:
    """Lowers what the server may use, so that it dies or starves; the numbers set are those it has."""
    server = os.getppid()
    same = resource.getrlimit(resource.RLIMIT_NOFILE)
    record.attempt("prlimit of the server", resource.prlimit, server, resource.RLIMIT_NOFILE, same)
    record.attempt("read the server's limits", resource.prlimit, server, resource.RLIMIT_NOFILE)
    record.attempt("setpriority of the server", os.setpriority, os.PRIO_PROCESS, server, 0)
    record.attempt("affinity of the server", os.sched_setaffinity, server, os.sched_getaffinity(0))
    record.attempt("scheduler of the server", os.sched_setscheduler, server, 0, os.sched_param(0))
    record.attempt("ioprio of the server", syscall, "ioprio_set", 1, server, (2 << 13) | 4)


def own_limits(at, record) -> None:
    _soft, _hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    infinite = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    record.attempt("raise the file limit", resource.setrlimit, resource.RLIMIT_FSIZE, infinite)
    record.attempt("raise the memory limit", resource.setrlimit, resource.RLIMIT_AS, infinite)
    record.attempt("raise the time limit", resource.setrlimit, resource.RLIMIT_CPU, infinite)


def trace(at, record) -> None:
    server = os.getppid()
    record.attempt("ptrace the server", syscall, "ptrace", 16, server, 0, 0)  # PTRACE_ATTACH
    record.attempt("ptrace the victim", syscall, "ptrace", 0x4206, at.victim, 0, 0)  # PTRACE_SEIZE
    into = ctypes.create_string_buffer(8)
    local = struct.pack("<QQ", ctypes.addressof(into), 8)
    remote = struct.pack("<QQ", ctypes.addressof(into), 8)
    for name in ("process_vm_readv", "process_vm_writev"):
        record.attempt(name, syscall, name, server, local, 1, remote, 1, 0)
    record.attempt("kcmp", syscall, "kcmp", os.getpid(), server, 0, 0, 0)


def steal_descriptors(at, record) -> None:
    def steal():
        holder = os.pidfd_open(os.getppid())
        for number in range(3, 20):
            try:
                os.close(syscall("pidfd_getfd", holder, number, 0))
                return True
            except OSError:
                continue
        return False

    record.attempt("take a descriptor of the server", steal)


def privileges(at, record) -> None:
    record.attempt("become root", lambda: os.setuid(0) or os.getuid() != 0)
    clone_newuser, clone_newnet = 0x10000000, 0x40000000
    record.attempt("own user namespace", syscall, "unshare", clone_newuser)
    record.attempt("own network namespace", syscall, "unshare", clone_newnet)
    record.attempt("mount", syscall, "mount", b"none", at.markers.encode(), b"tmpfs", 0, None)
    record.attempt("mount in the workspace", _mount_here, record)
    record.attempt("chroot", os.chroot, str(record.folder))
    record.attempt("setns", lambda: syscall("setns", os.open("/proc/1/ns/net", os.O_RDONLY), 0))
    record.attempt("fsopen", syscall, "fsopen", b"tmpfs", 0)
    record.attempt("open_tree", syscall, "open_tree", -100, b"/", 1)
    record.attempt("sethostname", lambda: socket.sethostname(socket.gethostname()))


def _mount_here(record):
    target = record.folder / "mount"
    target.mkdir()
    syscall("mount", b"none", str(target).encode(), b"tmpfs", 0, None)


def kernel_surface(at, record) -> None:
    """Parts of the kernel that no inference needs and that broke often."""
    record.attempt("io_uring", syscall, "io_uring_setup", 1, ctypes.create_string_buffer(120))
    record.attempt("userfaultfd", syscall, "userfaultfd", 1)
    record.attempt("perf", syscall, "perf_event_open", ctypes.create_string_buffer(128), 0, -1, -1, 0)
    record.attempt("bpf", syscall, "bpf", 0, ctypes.create_string_buffer(128), 128)
    record.attempt("keys", syscall, "add_key", b"user", b"format-advisor", b"x", 1, -3)
    record.attempt("keyctl", syscall, "keyctl", 0, -3, 1)
    record.attempt("fanotify", syscall, "fanotify_init", 0, 0)
    record.attempt("aio", syscall, "io_setup", 1, ctypes.byref(ctypes.c_ulong(0)))
    record.attempt("kernel log", syscall, "syslog", 10, None, 0)
