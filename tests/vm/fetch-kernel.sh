#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fetch-kernel.sh SERIES CACHE [ARCHITECTURE]: unpacks Debian's newest cloud kernel of a series (5.10,
# 6.1, …, or newest: whatever trixie-backports has) into CACHE/SERIES (CACHE/SERIES-ARCHITECTURE
# where it is not amd64), with vmlinuz and the modules that the tests need, and does nothing where
# that is there already. Nothing is installed.
set -euo pipefail
source "$(dirname "$0")/mirrors.sh"

series=$1 cache=$2 architecture=${3:-amd64}
target=$cache/$series apt=$cache/apt
[[ $architecture == amd64 ]] || target+=-$architecture apt+=-$architecture
[[ -e $target/vmlinuz ]] && exit 0
# Where 5.10 lies in one suite, 7.x lies in another; a kernel of each is in one of these.
use_mirrors "$apt" "$architecture"

# The newest first; one that is listed and not there any more gives way to the next.
pattern='[0-9].*'
[[ $series == newest ]] || pattern="${series//./\\.}\\.[0-9].*"
mapfile -t images < <(apt-cache "${options[@]}" pkgnames linux-image- |
    grep -E "^linux-image-${pattern}-cloud-$architecture\$" | sort -rV)
((${#images[@]} > 0)) || fail "no mirror has a cloud kernel of the series $series for $architecture"
work=$(mktemp -d "$cache/unpack.XXXXXX")
trap 'rm -rf "$work"' EXIT
for image in "${images[@]}"; do
    # From 6.19 on the image is two packages, and from 7.2 on three.
    version=${image#linux-image-}
    packages=()
    for kind in image binary modules; do
        if apt-cache "${options[@]}" show "linux-$kind-$version" >/dev/null 2>&1; then
            packages+=("linux-$kind-$version")
        fi
    done
    (cd "$work" && apt-get "${options[@]}" -qq download "${packages[@]}") && break
    rm -f "$work"/*.deb
done
for package in "$work"/*.deb; do
    [[ -e $package ]] || fail "none of the packages of the series $series can be fetched"
    dpkg-deb -x "$package" "$work/tree"
    rm "$package"
done

mkdir -p "$work/kernel/modules"
find "$work/tree" -name 'vmlinuz*' -type f -exec cp {} "$work/kernel/vmlinuz" \;
[[ -e $work/kernel/vmlinuz ]] || fail "$image has no vmlinuz"
# In the order in which they must be inserted.
for module in inet_diag tcp_diag overlay; do
    found=$(find "$work/tree" -name "$module.ko*" | head -1)
    case $found in
    *.xz) xz -dc "$found" >"$work/kernel/modules/$module.ko" ;;
    *.ko) cp "$found" "$work/kernel/modules/" ;;
    *) fail "$image has no module $module" ;;
    esac
done
echo "$version" >"$work/kernel/version"
echo "$architecture" >"$work/kernel/architecture"
rm -rf "$target"
mv "$work/kernel" "$target"
