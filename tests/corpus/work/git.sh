# SPDX-License-Identifier: Apache-2.0
# A git server over http and its clients: clone, fetch, pull, push, a submodule; then what a clone
# holds is configured, built and run, as everybody does with a clone.
. "$WORK/common.sh"
export HOME=$PWD GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
git config --global user.name corpus
git config --global user.email corpus@localhost
git config --global init.defaultBranch main
git config --global http.receivepack true

mkdir served
for name in tool library; do
    git init -q --bare "served/$name.git"
done
python3 "$WORK/twins/git_server.py" served port &
server=$!
on_exit 'end $server'
wait_for 20 '[[ -s port ]]'
url=http://127.0.0.1:$(<port)

git clone "$url/library.git" author-library # empty, and git says so
(
    cd author-library
    seq 1 300 >numbers
    printf '#!/bin/sh\nwc -l <numbers\n' >count.sh
    chmod 755 count.sh
    git add . && git commit -qm 'Count numbers' && git push -q origin main
)
git clone "$url/tool.git" author
(
    cd author
    cat >configure <<'SH'
#!/bin/sh
# As autoconf's: tries programs of its own making, and writes what it found.
set -e
printf 'int main(void) { return 0; }\n' >conftest.c
${CC-cc} -o conftest conftest.c
./conftest
rm -f conftest conftest.c
here=$(cd "$(dirname "$0")" && pwd)
printf 'all:\n\t${CC} -o tool %s/tool.c\n\nCC = %s\n' "$here" "${CC-cc}" >Makefile.new
cat Makefile.new | sed 's/^#.*//' >Makefile
printf '#!/bin/sh\nexec make all\n' >config.status
chmod 755 config.status
./config.status --version >/dev/null
SH
    printf '#include <stdio.h>\nint main(void) { puts("tool 1"); return 0; }\n' >tool.c
    chmod 755 configure
    git submodule add -q "$url/library.git" library
    git add . && git commit -qm 'Add the tool' && git push -q origin main
)

git clone --recurse-submodules "$url/tool.git" user
cd user
./configure
make
same "$(./tool)" 'tool 1'
same "$(cd library && ./count.sh)" 300
same "$(cd library && bash count.sh)" 300

(
    cd ../author
    sed -i 's/tool 1/tool 2/' tool.c
    git commit -qam 'Release tool 2' && git tag v2 && git push -q origin main v2
)
git fetch --tags origin
same "$(git describe --tags origin/main)" v2
printf '#!/bin/sh\nmake -s\n' >.git/hooks/post-merge
chmod 755 .git/hooks/post-merge
git pull --ff-only
same "$(./tool)" 'tool 2'
git submodule update --init --recursive
git clone -q --depth 1 "$url/tool.git" ../shallow
(cd ../shallow && ./configure && make && same "$(./tool)" 'tool 2')
finished
