#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs every Debian package that Davylamp needs, and nothing it has already. The one list of
# dependencies: build first, then what the tests run (--with-tests), then what the guests of tests/vm
# need besides (--with-vm), and those of another architecture (--with-arm64).
set -euo pipefail

build=(
    bpftool clang cmake g++ libbpf-dev libcli11-dev libelf-dev libexpected-dev libssl-dev libzstd-dev
    make ninja-build nlohmann-json3-dev pkg-config zlib1g-dev
)
tests=(
    bash bind9-dnsutils btrfs-progs busybox-static clang-format curl dash e2fsprogs git gnupg gzip
    iproute2 jq ksh93u+m libclang-rt-14-dev libgmock-dev libgtest-dev liburing-dev lua5.4 mksh mmdebstrap mount
    netcat-openbsd openssl perl php-cli python3 python3-pip python3-setuptools python3-venv
    python3-wheel ruby socat tar tcl util-linux wget xfsprogs zsh
)
guests=(binutils cpio qemu-system-x86 xz-utils)
arm64=(g++-aarch64-linux-gnu qemu-system-arm)
# Other packagings of node bring an npm of their own, beside which Debian's cannot be installed.
if ! npm --version >/dev/null 2>&1; then
    tests+=(nodejs npm)
fi

wanted=("${build[@]}")
for option in "$@"; do
    case $option in
    --with-tests) wanted+=("${tests[@]}") ;;
    --with-vm) wanted+=("${guests[@]}") ;;
    --with-arm64) wanted+=("${arm64[@]}") ;;
    *)
        echo "bootstrap.sh: error: no option $option; there are --with-tests, --with-vm and --with-arm64" >&2
        exit 2
        ;;
    esac
done

missing=()
for package in "${wanted[@]}"; do
    if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
        missing+=("$package")
    fi
done
if ((${#missing[@]} == 0)); then
    exit 0
fi
if ((EUID != 0)); then
    echo "bootstrap.sh: error: these packages are missing: ${missing[*]}; run it as root" >&2
    exit 1
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
