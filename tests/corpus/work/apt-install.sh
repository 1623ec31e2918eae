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

apt install --reinstall hello dash bash hostname debianutils
dpkg --verify bash dash hostname debianutils
readlink "/proc/$$/exe" | grep -q '(deleted)' || die 'this shell was not replaced while it ran'
# A process of the replaced shell connects, as any daemon does after its upgrade.
(exec 3<>"/dev/tcp/127.0.0.1/${WEB##*:}")

apt download hello
dpkg-deb -x hello_*.deb unpacked
same "$(unpacked/usr/bin/hello)" 'Hello, world!'
apt remove colordiff
! command -v colordiff || die 'colordiff is still there'
finished
