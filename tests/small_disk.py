"""A file system of a few megabytes, to be filled."""

import contextlib
import os
import subprocess

import pytest


@contextlib.contextmanager
def small_disk(folder, megabytes):
    """Mounts a file system of its own: a loopback ext4, else a tmpfs. Skips aloud where neither may be mounted."""
    image, place = folder / "disk.img", folder / "disk"
    place.mkdir()
    with open(image, "wb") as file:
        file.truncate(megabytes << 20)
    attempts = [
        (f"mkfs.ext4 -q -F -m 0 -N 4096 {image}", f"mount -o loop {image} {place}"),
        ("true", f"mount -t tmpfs -o size={megabytes}m tmpfs {place}"),
    ]
    for prepare, mount in attempts:
        done = [subprocess.run(command.split(), capture_output=True, text=True) for command in (prepare, mount)]
        if all(run.returncode == 0 for run in done):
            break
    else:
        pytest.skip(f"NOT SHOWN HERE: no small file system may be mounted ({done[-1].stderr.strip()}); run as root")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place, leave):
    """Takes all space but `leave` bytes; removing the file that this gives frees it again."""
    ballast = place / "ballast"
    free = os.statvfs(place)
    size = free.f_bavail * free.f_frsize - leave
    with open(ballast, "wb") as file:
        while size > 0:
            chunk = min(size, 1 << 20)
            file.write(b"\0" * chunk)
            size -= chunk
        file.flush()
        os.fsync(file.fileno())
    return ballast
