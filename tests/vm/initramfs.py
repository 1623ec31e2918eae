#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""initramfs.py [--sysroot FOLDER] [--strip PROGRAM] OUTPUT POWER_OFF PATH...: the guests' file system.

The shells and programs that the cases run, and each PATH (a file or a folder of our own) at its own
place, with every library that any of them needs, as a cpio archive. All are this machine's, or for
another architecture those in FOLDER (of fetch-sysroot.sh). Not compressed: unpacking costs an
emulated processor more than the memory is worth.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PROGRAMS = """awk bash dash curl python3 base64 cat chmod chown cmp cp cut dd env false grep gunzip
gzip head id ip kill ln ls mkdir mkfifo mktemp mount mv nc nohup pivot_root readlink rm rmdir sed seq
setpriv setsid sleep sort stat tail tar tee timeout touch tr true umount uname unshare wc xargs""".split()
# What the cases' one-liners and tests/live/programs/*.py import.
MODULES = """base64 codecs ctypes encodings.idna encodings.ascii http.client json os socket struct
subprocess sys time urllib.request""".split()

# What a guest has no use for: all of it can be built, none of it runs.
USELESS = ("*.a", "*.o", "include", "share", "boot", "perl*", "pkgconfig", "cmake", "test",
           "idlelib", "ensurepip", "lib2to3", "__pycache__")

FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/bin/sh\n",
    "etc/nsswitch.conf": "passwd: files\nhosts: files\n",
    "etc/hosts": "127.0.0.1 localhost\n",
    "etc/os-release": "PRETTY_NAME=\"Debian guest\"\nID=debian\n",
}


class Root:
    def __init__(self, folder, sysroot, strip):
        self.folder = pathlib.Path(folder)
        self.sysroot = sysroot
        self.strip = strip
        if sysroot:
            shutil.copytree(sysroot, folder, symlinks=True, dirs_exist_ok=True,
                            ignore=shutil.ignore_patterns(*USELESS))
        # A merged /usr, so that /bin/bash and /usr/bin/bash are one file.
        for name in ("bin", "sbin", "lib", "lib64"):
            (self.folder / "usr" / name).mkdir(parents=True, exist_ok=True)
            if not (self.folder / name).is_symlink():
                (self.folder / name).symlink_to("usr/" + name)
        for name in ("busybox", "dev", "etc", "modules", "proc", "root", "run", "sys", "tmp",
                     "var/tmp"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        for name, text in FILES.items():
            (self.folder / name).write_text(text)

    def put(self, path, to=None):
        """A file at its own place, stripped where it is a program, and its libraries: a sysroot
        has them all."""
        target = self.folder / (to or path).lstrip("/")
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
        with open(path, "rb") as file:
            if file.read(4) != b"\x7fELF":
                return
        subprocess.run([self.strip, str(target)], stderr=subprocess.DEVNULL)
        if self.sysroot:
            return
        said = subprocess.run(["ldd", path], capture_output=True, text=True).stdout
        for library in re.findall(r"(/\S+) \(0x", said):
            self.put(library)

    def put_all(self, path):
        if os.path.isdir(path):
            for file in sorted(pathlib.Path(path).rglob("*")):
                if file.is_file():
                    self.put(str(file))
        else:
            self.put(path)


def program(name):
    path = shutil.which(name)
    if not path:
        sys.exit(f"initramfs.py: error: no program {name}; run scripts/bootstrap.sh --with-tests")
    return path


def python_files():
    """Of Python, the modules that are imported, and no others."""
    script = ("import " + ", ".join(MODULES) + ", sysconfig\n"
              "for module in list(sys.modules.values()):\n"
              "    if getattr(module, '__file__', None): print(module.__file__)\n")
    said = subprocess.run([program("python3"), "-c", script], check=True, capture_output=True,
                          text=True).stdout
    return said.split()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sysroot")
    parser.add_argument("--strip", default="strip")
    parser.add_argument("output")
    parser.add_argument("power_off")
    parser.add_argument("paths", nargs="+")
    options = parser.parse_args()
    output = options.output
    with tempfile.TemporaryDirectory(dir=os.path.dirname(output) or ".") as folder:
        root = Root(folder, options.sysroot, options.strip)
        if not options.sysroot:
            root.put(program("busybox"), "/usr/bin/busybox")
            for name in PROGRAMS:
                root.put(program(name), "/usr/bin/" + name)
            (root.folder / "usr/bin/sh").symlink_to("dash")
            for file in python_files():
                root.put(file)
        for path in options.paths:
            root.put_all(path)
        root.put(options.power_off, "/usr/bin/power_off")
        root.put(os.path.join(os.path.dirname(os.path.abspath(__file__)), "init"), "/init")
        (root.folder / "init").chmod(0o755)
        with open(output + ".new", "wb") as archive:
            find = subprocess.Popen(["find", "."], cwd=folder, stdout=subprocess.PIPE)
            subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], cwd=folder, stdin=find.stdout,
                           stdout=archive, check=True)
            find.wait()
    os.replace(output + ".new", output)


if __name__ == "__main__":
    main()
