#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What `davylamp run` (monitor mode, built-in policy) costs on this machine: everyday operations with
# and without it, in turns; ratios. Arguments: rounds, then options for `davylamp run`.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${DAVYLAMP_BUILD:-$root/build}
{
    "$root/scripts/bootstrap.sh"
    cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DDAVY_TESTS=OFF
    cmake --build "$build" --target davylamp davylamp_bench
} >&2
exec "$build/tests/bench/davylamp_bench" "$build/user/cli/davylamp" "$@"
