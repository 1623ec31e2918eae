# SPDX-License-Identifier: Apache-2.0
# pip, from a folder of what was built here: a wheel, an sdist whose setup.py runs programs, and the
# programs that both install. PyPI is not asked.
. "$WORK/common.sh"
export PIP_NO_INDEX=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_FIND_LINKS=$PWD/dist

mkdir -p tiny/tiny built/built dist
printf 'def main():\n    print("tiny")\n' >tiny/tiny/__init__.py
cat >tiny/pyproject.toml <<'TOML'
[build-system]
requires = ["setuptools", "wheel"]
build-backend = "setuptools.build_meta"
[project]
name = "tiny"
version = "1.0"
scripts = { tiny = "tiny:main" }
[tool.setuptools]
packages = ["tiny"]
TOML
printf 'from built.version import kernel\ndef main():\n    print(kernel)\n' >built/built/__init__.py
cat >built/setup.py <<'PYTHON'
import subprocess
from setuptools import setup

kernel = subprocess.run("uname -s | tr a-z A-Z", shell=True, text=True, check=True,
                        stdout=subprocess.PIPE).stdout.strip()
with open("built/version.py", "w") as file:
    file.write(f"kernel = {kernel!r}\n")
setup(name="built", version="2.0", packages=["built"], install_requires=["tiny"],
      entry_points={"console_scripts": ["built = built:main"]})
PYTHON

python3 -m venv --system-site-packages venv
venv/bin/pip wheel --no-deps --no-build-isolation -w dist ./tiny
(cd built && ../venv/bin/python setup.py -q sdist -d ../dist)
[[ -e dist/tiny-1.0-py3-none-any.whl && -e dist/built-2.0.tar.gz ]] || die "not built: $(ls dist)"

venv/bin/pip install --no-build-isolation built
same "$(venv/bin/built)" LINUX
same "$(venv/bin/tiny)" tiny
(. venv/bin/activate && python -c 'import built, tiny; tiny.main()' | grep -q tiny)
venv/bin/pip install --force-reinstall --no-deps tiny
python3 -m pip install --target target --no-deps tiny
same "$(PYTHONPATH=target python3 -m tiny.__init__ && PYTHONPATH=target target/bin/tiny)" tiny
venv/bin/pip uninstall -y built
! [[ -e venv/bin/built ]] || die 'built is still there'
finished
