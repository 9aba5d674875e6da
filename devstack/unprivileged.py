"""Who runs Postgres when we are root: it refuses to, so a user without rights does.

That user may be unable to reach the binaries or the data (a checkout below /root, a
private temporary folder). Then it keeps one capability, to pass through folders and
files that are not its own; util-linux' setpriv hands it over.
https://man7.org/linux/man-pages/man7/capabilities.7.html
"""

import os
import pwd
import shutil
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import NoServer

_PREFERRED = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Stranger:
    """A user other than ourselves, and whether it needs help to reach the files."""

    uid: int
    gid: int
    reaches_all: bool

    def command(self, command: Sequence[str]) -> list[str]:
        """Wrap a command, started as root, so that this user runs it."""
        kept = [] if self.reaches_all else ["--inh-caps=+dac_override"]
        kept += [] if self.reaches_all else ["--ambient-caps=+dac_override"]
        kept += [] if self.reaches_all else ["--securebits=+no_setuid_fixup"]
        identity = [f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups"]
        return ["setpriv", *identity, *kept, "--", *command]

    def own(self, folder: Path) -> None:
        """Make this user the owner of a folder and of all in it."""
        if folder.stat().st_uid == self.uid:
            return
        for path in (*folder.rglob("*"), folder):  # the folder last: it is the mark
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def stranger_for(paths: Iterable[Path]) -> Stranger | None:
    """Return who runs programs that refuse root, or None if we are not root.

    Args:
        paths: what that user must read or enter.
    """
    if os.geteuid() != 0:
        return None
    if not shutil.which("setpriv"):
        raise NoServer("Postgres refuses to run as root, and setpriv is missing here")
    entry = _first_known(_PREFERRED)
    reaches_all = all(_reaches(path, entry.pw_uid, entry.pw_gid) for path in paths)
    return Stranger(entry.pw_uid, entry.pw_gid, reaches_all)


def _first_known(names: Sequence[str]) -> pwd.struct_passwd:
    for name in names:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoServer(f"none of the users {', '.join(names)} exists")


def _reaches(path: Path, uid: int, gid: int) -> bool:
    """Whether a user may enter every folder on the way and read what is there."""
    whole = path.resolve()
    if not all(_allows(step, uid, gid, stat.S_IXOTH) for step in whole.parents):
        return False
    return _allows(whole, uid, gid, stat.S_IROTH | stat.S_IXOTH)


def _allows(path: Path, uid: int, gid: int, wanted: int) -> bool:
    """Compare mode bits as the kernel does: the first class that fits decides."""
    found = path.stat()
    shift = 6 if found.st_uid == uid else 3 if found.st_gid == gid else 0
    return (found.st_mode >> shift) & wanted == wanted
