"""How does a child of root become another user and still reach its files? It keeps one capability, and that only for looking.

PostgreSQL refuses to run as root. Run as a user of its own it cannot enter a directory such as /root (0700), where the data and the
wheel itself may lie; changing the modes of other people's directories is no way out. CAP_DAC_READ_SEARCH, kept as an *ambient*
capability (capabilities(7)), survives the exec and opens directories for passing through. Only Linux has it; elsewhere, and where root
itself lacks it, the plain change of user remains.
"""

import ctypes
import ctypes.util
import os
import pwd
import sys
from collections.abc import Callable

DAC_OVERRIDE, DAC_READ_SEARCH = 1, 2
_PR_SET_KEEPCAPS, _PR_SET_SECUREBITS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 8, 28, 47, 2
_NO_SETUID_FIXUP = 1 << 2
"""Without it access(2), by which PostgreSQL looks at its own programs, forgets the capabilities of everybody but root."""
_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Sets(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def _kept(libc: ctypes.CDLL) -> int | None:
    """The capability worth keeping among those we have: the one that only reads, else the one containers usually leave to root."""
    sets = (_Sets * 2)()
    if libc.capget(ctypes.byref(_Header(_VERSION_3, 0)), sets):
        return None
    return next((c for c in (DAC_READ_SEARCH, DAC_OVERRIDE) if sets[0].permitted & 1 << c), None)


def _raise(libc: ctypes.CDLL, capability: int) -> None:
    bit = 1 << capability
    sets = (_Sets * 2)(_Sets(bit, bit, bit), _Sets(0, 0, 0))
    if libc.capset(ctypes.byref(_Header(_VERSION_3, 0)), sets):
        raise OSError(ctypes.get_errno(), "capabilities could not be given up")
    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def becoming(uid: int, *, reaching: bool) -> Callable[[], None]:
    """What a child calls between fork and exec to be `uid` from then on, `reaching` behind closed directories or not.

    Everything it needs is loaded here, before the fork.
    """
    try:
        gid = pwd.getpwuid(uid).pw_gid
    except KeyError:
        gid = uid
    libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True) if reaching and sys.platform == "linux" else None
    capability = _kept(libc) if libc else None

    def become() -> None:
        if libc and capability is not None:
            libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
            libc.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP, 0, 0, 0)
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        if libc and capability is not None:
            _raise(libc, capability)

    return become
