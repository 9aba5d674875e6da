"""Ports for servers that must find the same one free again."""

import socket
from pathlib import Path

from devstack.ports import free_ports


def test_every_name_gets_a_port_of_its_own_that_can_be_bound():
    names = [f"port {number}" for number in range(20)]
    ports = free_ports(names)

    assert list(ports) == names
    assert len(set(ports.values())) == 20
    for port in ports.values():
        socket.create_server(("127.0.0.1", port)).close()


def test_ports_lie_below_those_of_outgoing_connections():
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(1024 < port < max(lowest, 32768) for port in free_ports("abc").values())
