# SPDX-License-Identifier: Apache-2.0
# Packages come, are installed again and go: http methods below apt, dpkg's maintainer scripts,
# triggers, and running programs (this shell among them) that are replaced by rename.
. "$WORK/common.sh"

apt update
apt-get upgrade -s >plan
grep '^[0-9]* upgraded, ' plan

# Tools, a service with an init script and a unit, and a package that brings others.
borrow hello anacron rsync dc colordiff
same "$(hello)" 'Hello, world!'
[[ -x /usr/sbin/anacron && -e /etc/init.d/anacron ]] || die 'anacron has no service'
same "$(echo '2 3 + p' | dc)" 5

# Who installs is installed anew first, and does the rest.
apt install --reinstall dpkg apt git
dpkg --verify dpkg apt git
apt install --reinstall hello dash bash hostname debianutils
dpkg --verify bash dash hostname debianutils
readlink "/proc/$$/exe" | grep -q '(deleted)' || die 'this shell was not replaced while it ran'
# A process of the replaced shell connects, as any daemon does after its upgrade.
(exec 3<>"/dev/tcp/127.0.0.1/${WEB##*:}")

# So does the new git: what a clone brings is run.
git init -q --bare served/tool.git
python3 "$WORK/twins/git_server.py" served port &
server=$!
on_exit 'end $server'
wait_for 20 '[[ -s port ]]'
export HOME=$PWD GIT_CONFIG_NOSYSTEM=1
git init -q tool
printf '#!/bin/sh\nwc -c <"$0"\n' >tool/run.sh
chmod 755 tool/run.sh
git -C tool add .
git -C tool -c user.name=corpus -c user.email=corpus@localhost commit -qm 'Add the tool'
git -C tool push -q "$PWD/served/tool.git" HEAD:main
git clone -q -b main "http://127.0.0.1:$(<port)/tool.git" clone
same "$(clone/run.sh)" 22
same "$(sh clone/run.sh)" 22

apt download hello
dpkg-deb -x hello_*.deb unpacked
same "$(unpacked/usr/bin/hello)" 'Hello, world!'
apt install xdelta3 # another package, by the new apt and dpkg
xdelta3 -V 2>&1 | grep -q '^Xdelta version' || die 'xdelta3 does not run'
apt remove colordiff
! command -v colordiff || die 'colordiff is still there'
finished
