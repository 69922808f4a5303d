"""Lines of a directory listing."""

import posixpath

from decnet_core.decoy.ftp.dialects import Dialect
from decnet_core.decoy.shell.files import Files


def long_entry(dialect: Dialect, files: Files, path: str, owner: str) -> str:
    """One line of LIST in the form of *dialect*."""
    directory = files.is_directory(path)
    size = files.size(path)
    number = "0" if owner == "root" else "1000"
    return dialect.listing.format(
        mode="drwxr-xr-x" if directory else "-rw-r--r--",
        links=2 if directory else 1,
        owner=number if dialect.numeric_owners else owner,
        number=number,
        size=size,
        date=f"{files.installed:%b %d  %Y}",
        windows_date=f"{files.installed:%m-%d-%y  %I:%M%p}",
        windows_size="<DIR>         " if directory else size,
        name=posixpath.basename(path),
    )


def facts(files: Files, path: str) -> str:
    """One line of MLSD."""
    directory = files.is_directory(path)
    kind = "type=dir;sizd=4096" if directory else f"type=file;size={files.size(path)}"
    mode = "0755" if directory else "0644"
    return f"{kind};modify={files.installed:%Y%m%d%H%M%S};UNIX.mode={mode}; {posixpath.basename(path)}"
