"""Which IP addresses are not public? One table, so that the answer does not change with the version of Python.

The IANA registries are iana-ipv4-special-registry, iana-ipv6-special-registry, ipv6-address-space and multicast-addresses.
Ranges that they call globally reachable but that no provider answers at (relays, AS112) are left open.
"""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NOT_PUBLIC: dict[str, str] = {
    "0.0.0.0/8": "this network (IANA special-purpose IPv4, RFC 791)",
    "10.0.0.0/8": "private use (IANA special-purpose IPv4, RFC 1918)",
    "100.64.0.0/10": "shared by providers, with the metadata of some clouds (IANA special-purpose IPv4, RFC 6598)",
    "127.0.0.0/8": "loopback (IANA special-purpose IPv4, RFC 1122)",
    "168.63.129.16/32": "services of the host machine in Azure (Microsoft, What is IP address 168.63.129.16)",
    "169.254.0.0/16": "link-local, with the metadata of clouds at 169.254.169.254 (IANA special-purpose IPv4, RFC 3927)",
    "172.16.0.0/12": "private use (IANA special-purpose IPv4, RFC 1918)",
    "192.0.0.0/24": "protocol assignments, with the metadata of Oracle's cloud (IANA special-purpose IPv4, RFC 6890)",
    "192.0.2.0/24": "documentation (IANA special-purpose IPv4, RFC 5737)",
    "192.88.99.0/24": "6to4 relays, given up (IANA special-purpose IPv4, RFC 7526)",
    "192.168.0.0/16": "private use (IANA special-purpose IPv4, RFC 1918)",
    "198.18.0.0/15": "benchmarking (IANA special-purpose IPv4, RFC 2544)",
    "198.51.100.0/24": "documentation (IANA special-purpose IPv4, RFC 5737)",
    "203.0.113.0/24": "documentation (IANA special-purpose IPv4, RFC 5737)",
    "224.0.0.0/4": "multicast (IANA IPv4 multicast, RFC 5771)",
    "240.0.0.0/4": "reserved, with the limited broadcast (IANA special-purpose IPv4, RFC 1112)",
    "::/96": "unspecified, loopback and IPv4-compatible (IANA special-purpose IPv6, RFC 4291)",
    "64:ff9b:1::/48": "local translation to IPv4 (IANA special-purpose IPv6, RFC 8215)",
    "100::/8": "discard only, and reserved (IANA special-purpose IPv6, RFC 6666)",
    "::/8": "reserved, with IPv4-translated addresses (IANA IPv6 address space, RFC 4291)",
    "200::/7": "reserved, once NSAP (IANA IPv6 address space, RFC 4048)",
    "400::/6": "reserved (IANA IPv6 address space, RFC 4291)",
    "800::/5": "reserved (IANA IPv6 address space, RFC 4291)",
    "1000::/4": "reserved (IANA IPv6 address space, RFC 4291)",
    "2001::/23": "protocol assignments: Teredo, benchmarking, ORCHID (IANA special-purpose IPv6, RFC 2928)",
    "2001:db8::/32": "documentation (IANA special-purpose IPv6, RFC 3849)",
    "3fff::/20": "documentation (IANA special-purpose IPv6, RFC 9637)",
    "4000::/3": "reserved, with segment routing at 5f00::/16 (IANA IPv6 address space, RFC 4291)",
    "6000::/3": "reserved (IANA IPv6 address space, RFC 4291)",
    "8000::/3": "reserved (IANA IPv6 address space, RFC 4291)",
    "a000::/3": "reserved (IANA IPv6 address space, RFC 4291)",
    "c000::/3": "reserved (IANA IPv6 address space, RFC 4291)",
    "e000::/4": "reserved (IANA IPv6 address space, RFC 4291)",
    "f000::/5": "reserved (IANA IPv6 address space, RFC 4291)",
    "f800::/6": "reserved (IANA IPv6 address space, RFC 4291)",
    "fc00::/7": "unique local, with the metadata of clouds at fd00:ec2::254 (IANA special-purpose IPv6, RFC 4193)",
    "fe00::/9": "reserved (IANA IPv6 address space, RFC 4291)",
    "fe80::/10": "link-local (IANA special-purpose IPv6, RFC 4291)",
    "fec0::/10": "site-local, given up (IANA IPv6 address space, RFC 3879)",
    "ff00::/8": "multicast (IANA IPv6 address space, RFC 4291)",
}
"""Range -> what it is for, and who says so."""

CARRY_IPV4: dict[str, int] = {
    "::ffff:0:0/96": 0,
    "64:ff9b::/96": 0,
    "2002::/16": 80,
}
"""Ranges whose addresses lead to the IPv4 address in them -> bits to its right. Mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056)."""

_NOT_PUBLIC = [ipaddress.ip_network(text) for text in NOT_PUBLIC]
_CARRY_IPV4 = [(ipaddress.IPv6Network(text), bits) for text, bits in CARRY_IPV4.items()]


def reached(address: Address) -> Address:
    """The address that is reached in the end: the IPv4 address inside an IPv6 one, where it carries one."""
    if isinstance(address, ipaddress.IPv6Address):
        for network, bits in _CARRY_IPV4:
            if address in network:
                return ipaddress.IPv4Address(int(address) >> bits & 0xFFFFFFFF)
    return address


def public(address: Address) -> bool:
    """Whether anybody on the Internet may have this address; ask it about what `reached` says."""
    return not any(address.version == network.version and address in network for network in _NOT_PUBLIC)
