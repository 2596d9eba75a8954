"""How much memory do our processes hold? The proportional share (PSS) of each, so that pages shared by several count once."""

from pathlib import Path

from workers.processes.children import running


def _children(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += _children(int(child))
    return found


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def megabytes(data: Path) -> dict[str, float]:
    """Name of each running process (with what it started) -> its share of memory. Empty where nothing runs, or the system has no /proc."""
    return {one.name: sum(map(_pss, _children(one.pid))) / 1024 for one in running(data)}


def table(data: Path) -> str:
    """The same as lines of text, our own processes summed."""
    held = megabytes(data)
    ours = sum(size for name, size in held.items() if name not in {"postgres", "valkey"})
    return "\n".join(f"{name:16} {size:7.1f} MB" for name, size in [*held.items(), ("ours together", ours)])
