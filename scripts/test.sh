#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, and passes every test layer: unit (under ASan and
# UBSan), fuzz, replay, live, corpus, vm (stock Debian kernels in QEMU); then says what the corpus
# covered. Arguments go to ctest, e.g. `-L unit`, `-R live_chain` or `-LE vm`. A kernel that no mirror
# here has fails the layer vm, unless it is left out by name: DAVYLAMP_VM_WITHOUT='5.10 newest', and
# arm64 for the guests of that architecture.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${DAVYLAMP_TEST_BUILD:-$root/build-test}
without=${DAVYLAMP_VM_WITHOUT:-}

packages=(--with-tests --with-vm)
[[ " ${without//,/ } " == *' arm64 '* ]] || packages+=(--with-arm64)
"$root/scripts/bootstrap.sh" "${packages[@]}"
if ((EUID != 0)); then
    echo "test.sh: error: the live tests load kernel programs; run it as root" >&2
    exit 1
fi
# -g1: lines and functions, which is what a failure's backtrace needs; compiling takes a quarter less.
cmake -S "$root" -B "$build" -G Ninja -DDAVY_TESTS=ON -DDAVY_VM=ON -DDAVY_SANITIZED=ON -DDAVY_WHOLE_ROOMS=ON \
    -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O2 -g1 -DNDEBUG" \
    -DDAVY_VM_WITHOUT="${without//[ ,]/;}"
cmake --build "$build"

# One more than there are processors: a live test waits for the kernel more than it works. ctest keeps
# to itself what passing tests print.
covered=$build/tests/corpus/tally/total.txt
rm -f "$covered"
status=0
ctest --test-dir "$build" -j "$(($(nproc) + 1))" --output-on-failure --no-tests=error "$@" || status=$?
if [[ -e $covered ]]; then
    cat "$covered"
fi
exit "$status"
