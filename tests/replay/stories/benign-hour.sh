# SPDX-License-Identifier: Apache-2.0
# An hour of everyday work on a build host, in some seconds: none of it is an alert. Each line is
# the twin of something that is.
. "$STAGE/common.sh"
mkdir work
cd work

# Compilers: temporary programs that come and go, and a job server's pipe in every child.
mkdir build
printf '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n' >build/hello.c
cat >build/Makefile <<MAKE
all: one two data check
one two: hello.c
	gcc -pipe -O1 -o \$@ \$<
	./\$@ && rm -f \$@ && gcc -O0 -o \$@ \$< && ./\$@
data:
	curl -s $WEB/tool.tar.gz | tar xz
	\$(MAKE) -C tool
check:
	echo 'echo checked' | sh
	sh -c 'curl -s $WEB/version.txt' > version
.PHONY: all data check
MAKE
make -s -j2 -C build
printf '#!/bin/sh\necho ran\n' >build/ran.sh
chmod +x build/ran.sh
./build/ran.sh && rm build/ran.sh # a script removed after its run, and a program likewise
./build/one && rm build/one

mkdir tiny
cp build/hello.c tiny
printf 'cmake_minimum_required(VERSION 3.13)\nproject(tiny C)\nadd_executable(tiny hello.c)\n' \
    >tiny/CMakeLists.txt
cmake -S tiny -B tiny/build >/dev/null

# Data from the network that goes through pipes, to programs and to shells that only read it.
curl -s "$WEB/tool.tar.gz" | tar xz
wget -q -O - "$WEB/tool.tar.gz" | gunzip | tar t >/dev/null
curl -s "$WEB/release.json" | python3 -m json.tool >/dev/null
curl -s "$WEB/release.json" | python3 -c 'import json, sys; print(json.load(sys.stdin)["tag_name"])'
curl -s "$WEB/release.json" | jq -r .tag_name
curl -s "$WEB/release.json" | perl -ne 'print if /tag/' >/dev/null
curl -s "$WEB/tool.tar.gz" | tee tool.tar.gz | sha256sum
VERSION=$(curl -s "$WEB/version.txt")
echo "version $VERSION"
LATEST=$(curl -s "$WEB/release.json" | grep -o 'v[0-9.]*' | head -n 1)
bash -c "echo \"latest $LATEST\""
curl -s "$WEB/version.txt" | while read -r line; do echo "saw $line"; done
printf 'while read -r line; do echo "got $line"; done\n' >reader.sh
curl -s "$WEB/version.txt" | bash reader.sh
curl -s "$WEB/version.txt" | bash -c 'cat >copy'
curl -s "$WEB/version.txt" | xargs echo
diff <(curl -s "$WEB/version.txt") <(cat copy)
(exec 3<>"/dev/tcp/127.0.0.1/${WEB##*:}") && echo 'the port answers'
! curl -s "$WEB/nothing" | grep -q never

# Code through pipes and inputs, and none of it from the network.
printf 'echo local; hostname\n' >local.sh
cat local.sh | bash
bash -s -- an argument <local.sh
bash <(cat local.sh) >/dev/null
printf 'uname -r; exit\n' | setsid bash -s
echo 'print("python")' | python3 -
base64 local.sh | base64 -d | sh
source <(printf 'answer=42\n')
eval "$(printf 'answer=%d' 43)"

# Repositories.
git init -q -b main origin
git -C origin -c user.name=story -c user.email=story@localhost commit -q --allow-empty -m first
git clone -q "file://$PWD/origin" by-url
git clone -q origin by-path
git -C by-url fetch -q

# Packages: programs replaced by rename, one of them while it runs; maintainer scripts; an http
# method that is fed by pipes.
sources="deb [trusted=yes] $WEB/debs ./"
mkdir -p apt/lists/partial apt/archives/partial
echo "$sources" >apt/sources.list
apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dir::Etc::SourceList="$PWD/apt/sources.list" \
        -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$PWD/apt/lists" \
        -o Dir::Cache="$PWD/apt" -o APT::Sandbox::User=root -o Acquire::http::Proxy=false "$@"
}
logger --no-act --socket-errors=off <../never &
logger=$!
apt update
apt install -y --reinstall hostname ncurses-base bsdutils >/dev/null
grep -q '/logger.*(deleted)' <(readlink "/proc/$logger/exe")
kill "$logger"
if [[ -n $(compgen -G "../../story-benign-hour-site/tiny-*.tgz") ]]; then
    npm install --silent --no-audit --no-fund --prefix node "$WEB/tiny-1.0.0.tgz" >/dev/null
fi

# A service that connects, and a job that cleans up behind itself.
python3 - <<PYTHON
import urllib.request
print(len(urllib.request.urlopen("$WEB/release.json").read()))
PYTHON
touch ../done
