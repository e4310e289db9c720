"""The network and the sockets of others."""

import os
import socket


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
