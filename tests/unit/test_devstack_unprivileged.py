"""Who runs Postgres when we are root."""

import os

import pytest

from devstack.unprivileged import Stranger, _reaches, stranger_for

NOBODY = (65534, 65534)


def test_nobody_else_is_needed_unless_we_are_root():
    assert (stranger_for([]) is None) == (os.geteuid() != 0)


@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "reached"),
    [
        (0o755, 0o755, True),
        (0o711, 0o755, True),
        (0o700, 0o755, False),
        (0o755, 0o700, False),
        (0o755, 0o644, False),
    ],
)
def test_a_place_is_reached_through_open_folders_only(
    tmp_path, folder_mode, file_mode, reached
):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "program").touch()
    (folder / "program").chmod(file_mode)
    folder.chmod(folder_mode)
    tmp_path.chmod(0o755)
    on_the_way = [parent.stat().st_mode & 0o001 for parent in tmp_path.parents]

    assert _reaches(folder / "program", *NOBODY) == (reached and all(on_the_way))


def test_the_owners_bits_count_for_the_owner(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o700)
    owner = folder.stat()
    on_the_way = [
        parent.stat().st_uid == owner.st_uid or parent.stat().st_mode & 0o001
        for parent in folder.parents
    ]
    assert _reaches(folder, owner.st_uid, owner.st_gid) == all(on_the_way)


def test_capabilities_are_kept_only_where_needed():
    plain = Stranger(1, 2, reaches_all=True).command(["initdb"])
    assert plain == [
        "setpriv",
        "--reuid=1",
        "--regid=2",
        "--clear-groups",
        "--",
        "initdb",
    ]

    helped = Stranger(1, 2, reaches_all=False).command(["initdb"])
    assert "--ambient-caps=+dac_override" in helped
