#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fetch-sysroot.sh ARCHITECTURE CACHE: unpacks bookworm's packages of another architecture into
# CACHE/sysroot-ARCHITECTURE: what a cross build links, and what the cases run in a guest. Does
# nothing where that is there already. Nothing is installed.
set -euo pipefail
source "$(dirname "$0")/mirrors.sh"

architecture=$1 cache=$2
target=$cache/sysroot-$architecture
[[ -e $target ]] && exit 0
packages=(
    libbpf-dev libc6-dev libcli11-dev libelf-dev libexpected-dev libgmock-dev libgtest-dev libssl-dev
    libstdc++6 liburing-dev libzstd-dev nlohmann-json3-dev zlib1g-dev
    bash busybox-static coreutils curl dash grep gzip mount python3 sed tar util-linux
)
use_mirrors "$cache/apt-$architecture" "$architecture"
work=$(mktemp -d "$cache/unpack.XXXXXX")
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/packages/partial"
# As on a machine that has no package yet, so that whatever they depend on is fetched too.
apt-get "${options[@]}" -o Dir::State::status=/dev/null -o "Dir::Cache::archives=$work/packages" \
    -qq --yes --download-only --no-install-recommends -t bookworm install "${packages[@]}" ||
    fail "the packages for $architecture cannot be fetched; delete $cache/apt-$architecture to see the mirrors anew"
# A merged /usr, as everywhere in bookworm.
mkdir -p "$work/root/usr"
for name in bin sbin lib; do
    mkdir "$work/root/usr/$name"
    ln -s "usr/$name" "$work/root/$name"
done
for package in "$work"/packages/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$work/root"
done
# A link to /lib/… would lead out of the tree.
find "$work/root" -lname '/*' -printf '%P %l\n' | while read -r link to; do
    ln -snf "$(realpath -ms --relative-to="$work/root/$(dirname "$link")" "$work/root$to")" \
        "$work/root/$link"
done
mv "$work/root" "$target"
