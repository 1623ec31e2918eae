# SPDX-License-Identifier: Apache-2.0
# An image is built: mmdebstrap makes a root of Debian's packages, and that root's own apt and dpkg
# upgrade and install in it, below a chroot as a build's steps do, and below a root that was pivoted
# to as a container's do.
. "$WORK/common.sh"
. /etc/os-release

# Debian's part of this machine's sources, and this machine's way to them.
sources() {
    apt-get indextargets --format "deb \$(REPO_URI) \$(RELEASE) \$(COMPONENT)" \
        'Created-By: Packages' 'Origin: Debian' "Codename: $1" | sort -u
}
sources "$VERSION_CODENAME" >archive.list
sources "$VERSION_CODENAME-updates" >updates.list
sources "$VERSION_CODENAME-security" >>updates.list
[[ -s archive.list ]] || die "apt has no source of Debian $VERSION_CODENAME"
apt-config dump --no-empty Acquire >acquire.conf

# The hook: docs/limits.md, usrmerge.
mmdebstrap --quiet --mode=root --variant=minbase --aptopt="$PWD/acquire.conf" \
    --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr "$VERSION_CODENAME" root archive.list
cat updates.list >>root/etc/apt/sources.list
# A bare host may lack one of them.
for file in /etc/resolv.conf /etc/hosts; do
    [[ ! -e $file ]] || cp "$file" root/etc/
done

cat >root/apt.sh <<'SH'
apt() {
    apt-get -qq -y -o APT::Install-Recommends=false "$@" </dev/null
}
SH
# apt-utils: from now on apt runs a package's debconf scripts before it installs it.
cat >root/step.sh <<'SH'
set -e
. /apt.sh
apt update
apt upgrade
apt install --reinstall apt-utils dpkg apt dash debianutils
dpkg --verify apt-utils dpkg apt dash debianutils
echo step >/stepped
SH
chroot root sh /step.sh
same "$(<root/stepped)" step

cat >root/container.sh <<'SH'
set -e
. /apt.sh
apt update
echo 'tzdata tzdata/Zones/Europe select Paris
tzdata tzdata/Areas select Europe' | debconf-set-selections
apt install --reinstall ucf bash debconf perl-base
dpkg --verify ucf bash debconf perl-base
readlink "/proc/$$/exe" | grep -q '(deleted)'
ln -sf /usr/share/zoneinfo/Europe/Paris /etc/localtime
dpkg-reconfigure tzdata
apt purge ucf
[ ! -e /usr/bin/ucf ]
apt-get clean
cat /etc/timezone >/contained
SH
unshare --mount --pid --fork --propagation private bash -ec '
    mount --bind root root
    mount -t proc proc root/proc
    cd root
    pivot_root . mnt
    umount -l /mnt
    exec bash /container.sh'
same "$(<root/contained)" Europe/Paris
finished
