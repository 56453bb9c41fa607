"""How much memory the services of a platform take, at most."""

from __future__ import annotations

from pathlib import Path

from tests.e2e import processes

PAGE = 4096


class Peaks:
    """Of what ran when it was made; scripts and their helpers do not count."""

    def __init__(self, home: Path) -> None:
        self._before = {pid: _resident(pid) for pid in processes.of_home(home) if pid not in processes.scripts_of(home)}
        self._names = {pid: line for pid, line in processes.of_home(home).items() if pid in self._before}
        self._most = dict(self._before)

    def look(self) -> None:
        for pid, most in self._most.items():
            self._most[pid] = max(most, _resident(pid))

    @property
    def growth(self) -> int:
        """Bytes, of the one that grew most."""
        return max(self._most[pid] - before for pid, before in self._before.items())

    def __str__(self) -> str:
        grown = ((self._most[pid] - before, pid) for pid, before in self._before.items())
        return ", ".join(
            f"{' '.join(self._names[pid].split()[1:4])}: {self._before[pid] >> 20} → {self._most[pid] >> 20} MiB"
            for growth, pid in sorted(grown, reverse=True)
            if growth > 2**20
        )


def _resident(pid: int) -> int:
    """Bytes; 0 for a process that is gone."""
    fields = processes.read(pid, "statm").split()
    return int(fields[1]) * PAGE if fields else 0
