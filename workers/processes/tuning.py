"""How is the embedded PostgreSQL told what this machine has? Options for its command line, from memory, cores and room on the disk.

A server of one's own is tuned by whoever runs it (docs/operating/growing.md has the same table). Ours shares the machine with the rest of
Largesse, so it takes an eighth of the memory for itself and counts on the system's file cache for more.
"""

import os
import shutil
from pathlib import Path

import settings

MB = 1024 * 1024
GB = 1024 * MB
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where a container says how much memory it may have."""
SPARE_CONNECTIONS = 20
"""For `doctor`, backups, a person with psql and autovacuum's launcher."""


def memory() -> int:
    """Bytes of memory that may be used here: the machine's, or its container's where that is less."""
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for file in _LIMITS:
        try:
            there = min(there, int(file.read_text()))
        except (OSError, ValueError):
            continue
    return there


def connections(now: settings.Settings) -> int:
    """How many connections web, two workers and the clock of one machine may hold at once."""
    return now.web_workers * (now.web_connections) + 3 * now.worker_connections


def tuned(memory: int, cores: int, disk: int, connections: int) -> dict[str, str]:
    """The options for so many bytes of memory, cores, free bytes of disk, and connections."""
    held = connections + SPARE_CONNECTIONS
    return {
        "max_connections": str(held),
        "shared_buffers": _megabytes(memory / 8, 64, 2048),
        "effective_cache_size": _megabytes(memory / 2, 128, 65_536),
        "work_mem": _megabytes(memory / 16 / held, 4, 64),
        "maintenance_work_mem": _megabytes(memory / 16, 64, 512),
        "wal_buffers": "16MB",
        "max_wal_size": _megabytes(disk / 20, 512, 4096),
        "min_wal_size": _megabytes(disk / 160, 80, 512),
        "checkpoint_timeout": "15min",
        "max_worker_processes": str(max(8, cores)),
        "max_parallel_workers": str(cores),
        "max_parallel_workers_per_gather": str(min(4, cores // 2)),
        "random_page_cost": "1.1",
        "jit": "off",
    }


def options(where: Path, now: settings.Settings) -> tuple[str, ...]:
    """The words for the command line of the server of `where`; what LARGESSE_POSTGRES_OPTIONS says comes last and wins."""
    made = tuned(memory(), os.cpu_count() or 1, shutil.disk_usage(where).free, connections(now))
    words = [f"{name}={value}" for name, value in made.items()] + now.postgres_options.split()
    return tuple(part for word in words for part in ("-c", word))


def _megabytes(bytes: float, least: int, most: int) -> str:
    return f"{min(max(int(bytes / MB), least), most)}MB"
