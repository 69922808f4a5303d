"""Collect, inside the build, the file tree of a decky: run as ``rootfs.py SOURCE ROOT``.

*SOURCE* holds ``app/`` (our package) and ``wheels/``; *ROOT* becomes the image. Everything is bytecode without
docstrings: a decky that compiles asyncio at each start needs ten times as long for it.
"""

import compileall
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

UNUSED_MODULES = {
    "__pycache__", "_pyrepl", "curses", "dbm", "dist-packages", "distutils", "ensurepip", "idlelib", "lib-dynload",
    "lib2to3", "pydoc_data", "site-packages", "sqlite3", "test", "tests", "tkinter", "turtledemo", "unittest", "venv",
    "wsgiref", "xmlrpc",
}  # fmt: skip
UNUSED_EXTENSIONS = (
    "_crypt.", "_curses", "_dbm", "_gdbm", "_sqlite3", "_test", "_tkinter", "_xxtest", "audioop", "nis.",
    "ossaudiodev", "readline", "xxlimited", "_ctypes_test", "_codecs_cn", "_codecs_hk", "_codecs_iso2022",
    "_codecs_jp", "_codecs_kr", "_codecs_tw",
)  # fmt: skip
USER = "65532"


def main(source: Path, root: Path) -> None:
    """Fill *root*; any step that fails ends the build."""
    app = root / "opt/decky"
    shutil.copytree(source / "app", app)
    for wheel in sorted((source / "wheels").glob("*.whl")):
        zipfile.ZipFile(wheel).extractall(app)
    python = copy_interpreter(root)
    copy_standard_library(root)
    copy_shared_libraries(root, [python, *extensions(root)])
    compile_everything(root)
    write_system_files(root)


def copy_interpreter(root: Path) -> Path:
    """Put the real interpreter where it was, and ``python3`` beside it."""
    real = Path(sys.executable).resolve()
    copy(real, root)
    link = root / str(real.parent)[1:] / "python3"
    link.symlink_to(real.name)
    return real


def copy_standard_library(root: Path) -> None:
    """Modules and extensions without those that no service can ever import."""
    library = Path(sysconfig.get_path("stdlib")).resolve()
    ignore = shutil.ignore_patterns(*UNUSED_MODULES, "config-*", "*.a", "*.exe")
    shutil.copytree(library, under(root, library), ignore=ignore)
    for extension in (library / "lib-dynload").glob("*.so"):
        if not extension.name.startswith(UNUSED_EXTENSIONS):
            copy(extension, root)


def copy_shared_libraries(root: Path, objects: list[Path]) -> None:
    """Whatever the dynamic loader resolves for *objects*, at the path it resolves it to, and nettle for umac."""
    slash = Path("/")
    loader = next(path for pattern in ("lib64/ld-linux-*", "lib/ld-linux-*") for path in slash.glob(pattern))
    nettle = list(slash.glob("usr/lib/*/libnettle.so.*"))
    for binary in [*objects, *nettle]:
        listing = subprocess.run([loader, "--list", binary], capture_output=True, text=True, check=False).stdout
        if "not found" in listing:
            sys.exit(f"{binary} lacks a library:\n{listing}")
        for line in listing.splitlines():
            resolved = line.partition("=>")[2].strip().split(" (")[0]
            if resolved.startswith("/"):
                copy(Path(resolved), root)
    copy(loader, root)
    for path in nettle:
        copy(path, root)


def extensions(root: Path) -> list[Path]:
    """Every extension module in *root*."""
    return sorted(root.rglob("*.so"))


def compile_everything(root: Path) -> None:
    """Bytecode in place of source: half the size, and nothing for an intruder to read."""
    if not compileall.compile_dir(str(root), quiet=1, legacy=True, optimize=2, stripdir=str(root), workers=0):
        sys.exit("a module does not compile")
    for source in [*root.rglob("*.py"), *root.rglob("*.pyi")]:
        source.unlink()


def write_system_files(root: Path) -> None:
    """Names for the user, a place for temporary files, and the loader's cache."""
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc/passwd").write_text(f"root:x:0:0:root:/:/nologin\nnobody:x:{USER}:{USER}:nobody:/:/nologin\n")
    (root / "etc/group").write_text(f"root:x:0:\nnogroup:x:{USER}:\n")
    (root / "tmp").mkdir(mode=0o1777)
    (root / "etc/ld.so.conf").write_text("/usr/local/lib\n")
    # Ubuntu's ldconfig is a shell script around the real one, and there may be no shell here.
    ldconfig = shutil.which("ldconfig.real") or shutil.which("ldconfig")
    if ldconfig:
        subprocess.run([ldconfig, "-r", str(root)], check=True)


def under(root: Path, path: Path) -> Path:
    """*path* below *root*, with the directories of links resolved (``/lib`` is a link to ``/usr/lib``)."""
    return root / str(path.parent.resolve() / path.name)[1:]


def copy(path: Path, root: Path) -> None:
    """The file behind *path* under the name *path* has, once."""
    target = under(root, path)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    alias = root / str(path)[1:]
    if not alias.exists():  # the loader's path is fixed in every binary, and leads through the link
        top = root / path.parts[1]
        top.symlink_to((Path("/") / path.parts[1]).readlink())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
