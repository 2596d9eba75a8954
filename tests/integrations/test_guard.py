"""The guard: which addresses may be reached, asked at both ends of every range of its table and beside them."""

import ipaddress
import socket

import pytest

from integrations.guard import Forbidden, Guard
from integrations.guard.address_ranges import NOT_PUBLIC

RANGES = [ipaddress.ip_network(text) for text in NOT_PUBLIC]


def in_no_range(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return not any(address.version == other.version and address in other for other in RANGES)


@pytest.mark.parametrize("network", RANGES, ids=str)
def test_both_ends_of_a_range_are_refused(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> None:
    carried = ipaddress.ip_network("::ffff:0:0/96"), ipaddress.ip_network("64:ff9b::/96")
    ends = [end for end in (network[0], network[-1]) if not any(end.version == 6 and end in one for one in carried)]

    assert ends
    assert not any(Guard().permits(str(end)) for end in ends)


OUTSIDE = [
    "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "168.63.129.15",
    "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0",
    "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0",
    "203.0.112.255", "203.0.114.0", "223.255.255.255", "2000::1", "2001:200::1", "2001:db7:ffff::1", "2001:db9::1", "2606:4700::1111",
    "3ffe:ffff::1", "3fff:1000::1", "3fff:ffff::1",
]  # fmt: skip


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_lies_beside_a_range_is_permitted(address: str) -> None:
    assert Guard().permits(address)


SEEN_ABUSED = [
    "169.254.169.254", "169.254.170.2", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fec0::1", "::7f00:1",
    "::10.0.0.1", "::ffff:0:10.0.0.1", "64:ff9b:1::a00:1", "255.255.255.255", "5f00::1", "fe80::1%eth0", "ff02::1",
]  # fmt: skip


@pytest.mark.parametrize("address", SEEN_ABUSED)
def test_doors_that_were_forgotten_elsewhere_are_shut(address: str) -> None:
    assert not Guard().permits(address)


CARRIERS = ["::ffff:{}", "64:ff9b::{}", "2002:{}::", "2002:{}:1::1"]


def inside(carrier: str, ipv4: str) -> str:
    number = int(ipaddress.IPv4Address(ipv4))
    return carrier.format(f"{number >> 16:x}:{number & 0xFFFF:x}")


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("network", [one for one in RANGES if one.version == 4], ids=str)
def test_an_ipv6_address_is_judged_by_the_ipv4_address_it_leads_to(carrier: str, network: ipaddress.IPv4Network) -> None:
    assert not Guard().permits(inside(carrier, str(network[-1])))
    assert Guard().permits(inside(carrier, "93.184.216.34"))
    assert Guard((str(network),)).permits(inside(carrier, str(network[-1])))


def test_teredo_is_refused_whatever_it_holds() -> None:
    private, public = (int(ipaddress.IPv4Address(text)) ^ 0xFFFFFFFF for text in ("10.0.0.1", "93.184.216.34"))

    for hidden in (private, public):
        assert not Guard().permits(str(ipaddress.IPv6Address((0x20010000 << 96) | (0x5DB8D822 << 64) | hidden)))


def test_the_table_leaves_nothing_between_its_ranges_but_global_unicast() -> None:
    """Of IPv6 only 2000::/3 is given out: every other address is in a row, or carries an IPv4 address."""
    for first in range(0x0000, 0x10000, 0x20):
        address = ipaddress.IPv6Address(first << 112 | 1)
        assert in_no_range(address) == (0x2000 <= first < 0x4000), address


@pytest.mark.parametrize("answers", [["93.184.216.34", "10.0.0.1"], ["2606:4700::1111", "fec0::1"], ["::ffff:169.254.169.254"]])
def test_a_name_is_not_connected_to_where_one_address_of_it_is_refused(answers: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    family = {4: socket.AF_INET, 6: socket.AF_INET6}
    found = [(family[ipaddress.ip_address(ip).version], socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in answers]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *about, **more: found)

    with pytest.raises(Forbidden, match="LARGESSE_ALLOW_PRIVATE"):
        Guard().connect("rebind.example", 80, 1)
