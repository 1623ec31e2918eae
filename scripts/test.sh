#!/usr/bin/env bash
# Installs what is missing, builds, and passes every test layer: unit (plain and under ASan and
# UBSan), fuzz, replay, live, corpus; then says what the corpus covered. Arguments go to ctest, e.g.
# `-L unit` or `-R live_chain`. DAVYLAMP_VM=1 adds the layer vm: stock Debian kernels in QEMU.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${DAVYLAMP_TEST_BUILD:-$root/build-test}

vm=OFF
options=(--with-tests)
if [[ ${DAVYLAMP_VM:-} == 1 ]]; then
    vm=ON
    options+=(--with-vm)
fi
"$root/scripts/bootstrap.sh" "${options[@]}"
if ((EUID != 0)); then
    echo "test.sh: error: the live tests load kernel programs; run it as root" >&2
    exit 1
fi
cmake -S "$root" -B "$build" -G Ninja -DDAVY_TESTS=ON -DDAVY_VM="$vm"
cmake --build "$build"

# A live test waits for the kernel more than it works. ctest keeps to itself what passing tests print.
covered=$build/tests/corpus/tally/total.txt
rm -f "$covered"
status=0
ctest --test-dir "$build" -j "$(nproc)" --output-on-failure --no-tests=error "$@" || status=$?
if [[ -e $covered ]]; then
    cat "$covered"
fi
exit "$status"
