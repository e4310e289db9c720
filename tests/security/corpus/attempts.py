"""What code that has taken over a job tries, as functions; the text of this file is the payload.

Standard library only: it runs inside the job, from a pickle. Each function takes the targets and a
`Record`, which is kept in the job's own folder (`attempt-NAME.json`), so that the test knows that the
payload ran, what it tried, and what it managed. Nothing here harms anything but the test's own files.
"""

import ctypes
import errno
import fcntl
import json
import os
import resource
import select
import signal
import socket
import stat
import struct
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

LIBC = ctypes.CDLL(None, use_errno=True)


class Record:
    """`done`: what worked though it must not; `refused`: what did not, with the reason."""

    def __init__(self, name: str):
        self.folder = Path.cwd().parent  # a job stands in the folder tmp of its workspace
        self.name, self.done, self.refused, self.trying = name, [], {}, ""
        self.save()

    def save(self) -> None:
        fields = {"done": self.done, "refused": self.refused, "trying": self.trying}
        (self.folder / f"attempt-{self.name}.json").write_text(json.dumps(fields))

    def attempt(self, what: str, act, *arguments) -> None:
        """`act` has worked where it raises nothing and does not return False."""
        self.trying = what
        self.save()
        try:
            if act(*arguments) is False:
                self.refused[what] = "nothing"
            else:
                self.done.append(what)
        except Exception as error:
            self.refused[what] = f"{type(error).__name__}: {error}"[:200]
        self.trying = ""
        self.save()


def call(name: str, *arguments) -> int:
    """A function of the C library that answers -1 for an error."""
    ctypes.set_errno(0)
    answer = getattr(LIBC, name)(*arguments)
    if answer == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


SYSCALLS = {  # x86-64, arch/x86/entry/syscalls/syscall_64.tbl
    "shmget": 29, "fork": 57, "semget": 64, "msgget": 68, "ptrace": 101, "syslog": 103, "mount": 165,
    "tkill": 200, "io_setup": 206, "tgkill": 234, "mq_open": 240, "add_key": 248, "keyctl": 250,
    "ioprio_set": 251, "unshare": 272, "perf_event_open": 298, "fanotify_init": 300,
    "name_to_handle_at": 303, "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310,
    "process_vm_writev": 311, "kcmp": 312, "bpf": 321, "userfaultfd": 323, "io_uring_setup": 425,
    "open_tree": 428, "fsopen": 430, "clone3": 435, "pidfd_getfd": 438, "memfd_secret": 447,
}  # fmt: skip


def syscall(name: str, *arguments) -> int:
    return call("syscall", SYSCALLS[name], *arguments)


# ---- files -------------------------------------------------------------------------------------------


def write_outside(at, record) -> None:
    marker = Path(at.markers, f"write-{record.name}")
    record.attempt("write a marker", marker.write_text, "x")
    record.attempt("make a folder", Path(at.markers, "folder").mkdir)
    record.attempt("append to the canary", lambda: open(at.canary, "a").close())
    record.attempt("truncate the canary", lambda: os.close(os.open(at.canary, os.O_WRONLY)))


def read_outside(at, record) -> None:
    def leak():
        (record.folder / "leak.txt").write_text(Path(at.canary).read_text())

    record.attempt("read the canary", leak)
    for path in ("/etc/shadow", "/etc/hostname", "/root/.bashrc", "/etc/machine-id"):
        if os.path.lexists(path):
            record.attempt(f"read {path}", Path(path).read_bytes)


def list_outside(at, record) -> None:
    for path in (os.path.dirname(at.canary), at.markers, "/root", "/home", "/var", "/etc/ssl"):
        record.attempt(f"list {path}", lambda path=path: bool(os.listdir(path)) or path == at.markers)


def stat_outside(at, record) -> None:
    """Whether a file is there, how large and how old; Landlock does not hide that."""
    record.attempt("stat the canary", os.stat, at.canary)
    record.attempt("access the canary", lambda: os.access(at.canary, os.F_OK))


def sibling_write(at, record) -> None:
    record.attempt("write into another run", Path(at.sibling, "planted").write_text, "x")
    record.attempt("change another run", lambda: open(Path(at.sibling, "model.bin"), "r+b").close())
    record.attempt("delete from another run", os.unlink, os.path.join(at.sibling, "model.bin"))


def sibling_read(at, record) -> None:
    def leak():
        (record.folder / "leak.txt").write_bytes(Path(at.sibling, "model.bin").read_bytes())

    record.attempt("read another run", leak)
    record.attempt("list the runs", lambda: bool(os.listdir(os.path.dirname(at.sibling))))


def above_workspace(at, record) -> None:
    """The run's folder holds its request, its options and its state; a job has `work` only."""
    for name in ("state.json", "request.json", "report.json", "planted"):
        record.attempt(f"write ../{name}", (record.folder.parent / name).write_text, "{}")


def program_files(at, record) -> None:
    """Opened for writing, and left as they are."""
    import benchmarks

    paths = [
        benchmarks.__file__,
        os.__file__,
        sys.executable,
        "/usr/bin/env",
        "/etc/passwd",
        "/etc/ld.so.cache",
    ]
    for path in [path for path in paths if os.path.exists(path)]:
        record.attempt(f"open {path} for writing", lambda path=path: os.close(os.open(path, os.O_WRONLY)))


def kernel_files(at, record) -> None:
    """Opened for writing, and left as they are."""
    for path in (
        "/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory", "/proc/sysrq-trigger",
        "/sys/kernel/uevent_helper", "/sys/power/state", "/dev/mem", "/dev/kmsg", "/dev/fuse",
        "/sys/fs/cgroup/cgroup.procs", "/proc/1/oom_score_adj", "/dev/console",
    ):  # fmt: skip
        if os.path.exists(path):
            record.attempt(f"open {path}", lambda path=path: os.close(os.open(path, os.O_WRONLY)))


def links(at, record) -> None:
    """A link in one's own folder is followed by whoever reads the folder afterwards."""
    record.attempt("read through a symbolic link", _read_through, record, os.symlink, at.canary)
    record.attempt("read through a hard link", _read_through, record, os.link, at.canary)
    record.attempt("leave a symbolic link", os.symlink, at.canary, record.folder / "left-link")


def _read_through(record, link, target) -> None:
    name = record.folder / f"via-{link.__name__}"
    link(target, name)
    (record.folder / "leak.txt").write_text(name.read_text())


def special_files(at, record) -> None:
    record.attempt("make a fifo", os.mkfifo, record.folder / "fifo")
    record.attempt("make a device", os.mknod, record.folder / "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    record.attempt("bind a socket", lambda: socket.socket(socket.AF_UNIX).bind(str(record.folder / "socket")))


def attributes(at, record) -> None:
    """Landlock covers none of these."""
    record.attempt("chmod outside", os.chmod, at.canary, 0o600)
    record.attempt("chown outside", os.chown, at.canary, os.getuid(), os.getgid())
    record.attempt("utime outside", os.utime, at.canary)
    record.attempt("setxattr outside", os.setxattr, at.canary, "user.format-advisor", b"x")


def setuid_file(at, record) -> None:
    own = record.folder / "setuid"
    own.write_bytes(b"#!/bin/sh\n")
    record.attempt("leave a setuid program", os.chmod, own, 0o4755)


def move_outside(at, record) -> None:
    own = record.folder / "moved"
    own.write_text("x")
    record.attempt("rename into another folder", os.rename, own, os.path.join(at.markers, "moved"))
    record.attempt("take the canary", os.rename, at.canary, record.folder / "taken")
    record.attempt("delete the canary", os.unlink, at.canary)


def read_the_server(at, record) -> None:
    """The server and the tests' process hold what no model may see."""
    for pid in dict.fromkeys((os.getppid(), 1, at.victim)):
        for name in ("environ", "mem", "maps", "cmdline", "cwd/.", "root/.", "fd"):
            path = f"/proc/{pid}/{name}"
            record.attempt(path, _look, path)


def _look(path):
    if os.path.isdir(path):
        return bool(os.listdir(path))
    with open(path, "rb") as file:
        return True if path.endswith("mem") else bool(file.read(10))


def list_processes(at, record) -> None:
    record.attempt("see a process outside", os.stat, f"/proc/{at.victim}")
    record.attempt("probe a process outside", os.getpgid, at.victim)


def secrets(at, record) -> None:
    """The tests' own environment holds the canary's text."""
    record.attempt("read it in the environment", lambda: at.secret in str(dict(os.environ)))
    for pid in [name for name in os.listdir("/proc") if name.isdigit()]:
        path = f"/proc/{pid}/environ"
        record.attempt(f"read it in {path}", lambda path=path: at.secret.encode() in Path(path).read_bytes())


def inherited_descriptors(at, record) -> None:
    """Open are: null, the log, the connection, and what this process opened for reading."""
    allowed = str(record.folder)
    sockets = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            where, mode = os.readlink(f"/proc/self/fd/{name}"), os.fstat(int(name)).st_mode
        except OSError:
            continue
        sockets += stat.S_ISSOCK(mode)
        if stat.S_ISFIFO(mode):
            record.done.append(f"a pipe at {name}")
        flags = int(Path(f"/proc/self/fdinfo/{name}").read_text().split("flags:")[1].split()[0], 8)
        plain = where.startswith("/") and not where.startswith(allowed) and where != "/dev/null"
        if plain and flags & (os.O_WRONLY | os.O_RDWR):
            record.done.append(f"{where} open for writing")
    if sockets > 1:
        record.done.append(f"{sockets} sockets where there should be one")
    record.save()


def handles(at, record) -> None:
    """Opening by file handle ignores paths, and so Landlock's and the mount's rules."""
    record.attempt("name_to_handle_at", syscall, "name_to_handle_at", -100, at.canary.encode(), None, None, 0)
    record.attempt(
        "open_by_handle_at", syscall, "open_by_handle_at", -100, ctypes.create_string_buffer(64), 0
    )


def devices(at, record) -> None:
    record.attempt("open a terminal", os.open, "/dev/tty", os.O_RDWR)
    record.attempt("open ptmx", lambda: os.close(os.open("/dev/ptmx", os.O_RDWR)))


# ---- connections -------------------------------------------------------------------------------------


def tcp(at, record) -> None:
    record.attempt("connect to loopback", lambda: socket.create_connection(("127.0.0.1", at.tcp), 1).close())
    record.attempt("connect outside", lambda: socket.create_connection(("192.0.2.1", 80), 0.5).close())
    record.attempt("connect over IPv6", lambda: socket.create_connection(("::1", at.tcp), 0.5).close())


def udp(at, record) -> None:
    """Landlock does not cover it."""

    def send():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto(at.secret.encode(), ("127.0.0.1", at.udp))

    record.attempt("send a datagram", send)


def unix(at, record) -> None:
    for what, name in (("abstract", f"\0{at.abstract}"), ("another run's", at.sibling + "/socket")):
        record.attempt(f"connect to {what}", lambda name=name: socket.socket(socket.AF_UNIX).connect(name))
    for path in ("/run/docker.sock", "/var/run/dbus/system_bus_socket", "/dev/log"):
        if os.path.exists(path):
            record.attempt(
                f"connect to {path}", lambda path=path: socket.socket(socket.AF_UNIX).connect(path)
            )


def listen(at, record) -> None:
    record.attempt("listen", lambda: socket.create_server(("127.0.0.1", 0)).close())
    record.attempt("raw socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close())
    record.attempt("packet socket", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close())
    record.attempt("netlink socket", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close())
    record.attempt("vsock", lambda: socket.socket(socket.AF_VSOCK).close())


# ---- processes ---------------------------------------------------------------------------------------


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
    channel = _channel()
    for what, pid, number in (("the server", os.getppid(), signal.SIGURG), ("the victim", at.victim, 9)):
        if pid == at.victim and not os.path.exists(f"/proc/{pid}"):
            continue  # inside its own process name space the number is nobody's, or somebody else's
        try:
            fcntl.fcntl(channel, fcntl.F_SETOWN, pid)
            fcntl.fcntl(channel, 10, number)  # F_SETSIG
            fcntl.fcntl(channel, fcntl.F_SETFL, fcntl.fcntl(channel, fcntl.F_GETFL) | os.O_ASYNC)
            _say(b'{"progress": "x"}\n')
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


# ---- things shared by the whole machine ---------------------------------------------------------------


def system_v(at, record) -> None:
    key = 0x464D0000 | (sum(at.token.encode()) & 0xFFFF)
    record.attempt("shared memory", syscall, "shmget", key, 4096, 0o1666)
    record.attempt("semaphores", syscall, "semget", key, 1, 0o1666)
    record.attempt("message queue", syscall, "msgget", key, 0o1666)
    record.attempt("POSIX queue", syscall, "mq_open", at.token.encode(), os.O_CREAT | os.O_RDWR, 0o600, None)


def anonymous_memory(at, record) -> None:
    """Memory that is on no limit of address space, and can be executed."""
    record.attempt("memfd", lambda: os.close(os.memfd_create("x")))
    record.attempt("memfd_secret", lambda: os.close(syscall("memfd_secret", 0)))


def left_files(at, record) -> None:
    """What the next job, or another program of the machine, would find."""
    for folder in ("/tmp", "/dev/shm", "/var/tmp", "/run", "/dev/mqueue", "/"):
        path = os.path.join(folder, at.token)
        record.attempt(f"find {path}", os.stat, path)
        record.attempt(f"leave {path}", lambda path=path: open(path, "w").close())


# ---- resources ---------------------------------------------------------------------------------------

BOUND_MB = 1500
"""Where a limit does not hold, an attempt stops here and waits to be found."""


def _wait(kept=None) -> None:
    time.sleep(3600)


def endless(at, record) -> None:
    while True:
        pass


def sleep(at, record) -> None:
    time.sleep(3600)


def memory(at, record) -> None:
    kept = [bytearray(b"x") * (20 << 20) for _ in range(BOUND_MB // 20)]
    _wait(kept)


def shared_memory(at, record) -> None:
    """Pages that are shared count for nobody's own memory."""
    import mmap

    kept = []
    for _ in range(BOUND_MB // 20):
        kept.append(mmap.mmap(-1, 20 << 20))
        kept[-1].write(b"x" * (20 << 20))
    _wait(kept)


def disk(at, record) -> None:
    for number in range(BOUND_MB // 5):
        with open(record.folder / f"fill-{number}", "wb") as file:
            file.write(b"x" * (5 << 20))
    _wait()


def one_file(at, record) -> None:
    with open(record.folder / "fill", "wb") as file:
        for _ in range(BOUND_MB // 5):
            file.write(b"x" * (5 << 20))
    _wait()


def sparse_file(at, record) -> None:
    with open(record.folder / "sparse", "wb") as file:
        file.truncate(1 << 40)


def box_memory(at, record) -> None:
    """The memory file systems of the box, where it has any."""
    for folder in ("/tmp", "/dev/shm"):
        record.attempt(f"fill {folder}", _fill, os.path.join(folder, at.token), 300)


def _fill(path, megabytes):
    try:
        with open(path, "wb") as file:
            for _ in range(megabytes):
                file.write(b"x" * 1_000_000)
    finally:
        if os.path.exists(path):
            os.unlink(path)


def tiny_files(at, record) -> None:
    folder = record.folder / "many"
    folder.mkdir()
    for number in range(50_000):
        os.close(os.open(folder / str(number), os.O_CREAT | os.O_WRONLY))
    _wait()


def deep_folders(at, record) -> None:
    """Deeper than a path can name, so that a plain removal fails."""
    os.chdir(record.folder)
    for _ in range(3000):
        os.mkdir("d" * 50)
        os.chdir("d" * 50)


def unreadable_folder(at, record) -> None:
    """A folder that its owner may not enter; where chmod is refused mkdir's own mode does it."""
    os.mkdir(record.folder / "locked", 0o000)
    (record.folder / "odd \udcff name\n").write_text("x")


def threads(at, record) -> None:
    wait = threading.Event()
    for _ in range(2000):
        threading.Thread(target=wait.wait, daemon=True).start()
    _wait()


def descriptors(at, record) -> None:
    kept = []
    try:
        while True:
            kept.append(os.open("/dev/null", os.O_RDONLY))
    except OSError as error:
        record.refused["open more"] = f"{error.strerror} after {len(kept)}"
    for number in kept:
        os.close(number)
    record.save()


def printing(at, record) -> None:
    line = b"\x1b[31mhostile\x1b]0;title\x07 <script>alert(1)</script> " * 2000
    while True:
        os.write(1, line)


# ---- the channel to the client -----------------------------------------------------------------------


def _channel() -> int:
    for name in os.listdir("/proc/self/fd"):
        try:
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                return int(name)
        except OSError:
            continue
    raise OSError(errno.ENOENT, "no connection is open")


def _say(text: bytes) -> None:
    channel = _channel()
    while text:
        select.select([], [channel], [], 5)
        text = text[os.write(channel, text) :]


def flood_of_lines(at, record) -> None:
    while True:
        _say(b'{"progress": "x"}\n' * 1000)


def flood_of_nonsense(at, record) -> None:
    while True:
        _say(b"nonsense\n" * 1000)


def long_line(at, record) -> None:
    _say(b'{"result": "')
    for _ in range(100):
        _say(b"x" * 1_000_000)
    _say(b'"}\n')


def endless_line(at, record) -> None:
    while True:
        _say(b"x" * 1_000_000)


def deep_json(at, record) -> None:
    _say(b'{"result": ' + b"[" * 1_000_000 + b"\n")


def fake_end(at, record) -> None:
    _say(b'{"end": {"kind": "done", "seconds": 0, "peak_mb": 0}}\n')
    time.sleep(3600)


def fake_problem(at, record) -> None:
    text = f"![x](http://127.0.0.1:{at.tcp}/) <script>alert(1)</script> \x1b[31m [link](javascript:x)"
    said = {"stage": text, "kind": text, "message": text * 1000, "next_step": text}
    _say(json.dumps({"problem": said}).encode() + b"\n")
    time.sleep(3600)


def fake_result(at, record) -> None:
    _say(b'{"result": {"runtime": null, "inputs": 7, "outputs": {}, "cases": "x", "findings": [[]]}}\n')
    os._exit(0)


def numbers_without_end(at, record) -> None:
    _say(b'{"result": {"cases": ' + b"9" * 5_000_000 + b', "x": NaN, "y": -Infinity}}\n')
    os._exit(0)


def not_text(at, record) -> None:
    _say(bytes(range(128, 256)) * 100 + b"\n" + b'{"\xff": 1}\n' + b"\0" * 1000 + b"\n")


def hang_up(at, record) -> None:
    """Closes its end and goes on."""
    channel = _channel()
    os.close(channel)
    time.sleep(3600)


def half_a_line(at, record) -> None:
    _say(b'{"result": {"cases"')
    os.close(_channel())
    os._exit(0)


def second_result(at, record) -> None:
    """An answer before the real one, then the real one."""
    _say(b'{"result": "mine"}\n')


# ---- what is left for others to read -----------------------------------------------------------------


def linked_results(at, record) -> None:
    """The file of the reference run is a link to the canary, or a fifo that nobody writes to."""
    record.attempt("results as a link", os.symlink, at.canary, record.folder / "reference.npz")
    record.attempt("log as a link", _replace_log, at, record)


def _replace_log(at, record):
    os.unlink(record.folder / "log.txt")
    os.symlink(at.canary, record.folder / "log.txt")


def fifo_results(at, record) -> None:
    record.attempt("results as a fifo", os.mkfifo, record.folder / "reference.json")


def exit_now(at, record) -> None:
    os._exit(0)


def crash(at, record) -> None:
    ctypes.string_at(0)


def kill_self(at, record) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def stop_self(at, record) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def recursion(at, record) -> None:
    sys.setrecursionlimit(1 << 30)

    def again(n):
        return list(map(again, [n]))  # through C, so that the stack of the process is used up

    again(0)


def unlimited_exception(at, record) -> None:
    raise RuntimeError("hostile " * 1_000_000 + "<script>alert(1)</script>\n\x1b[31m")


def run(names: list[str], targets: dict) -> None:
    """The payload's entry: attempts by their names, one after the other; alone, one may raise."""
    for name in names:
        record = Record(name)
        try:
            globals()[name](SimpleNamespace(**targets), record)
        except Exception as error:
            if len(names) == 1:
                raise
            record.refused["the rest"] = f"{type(error).__name__}: {error}"
            record.save()
