#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, and starts the sensor: `davylamp run` in monitor mode with the
# built-in policy. Arguments are passed on:
#   sudo scripts/run.sh guard --mode block -- bash -c 'curl -s http://127.0.0.1:8000/x.sh | bash'
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${DAVYLAMP_BUILD:-$root/build}

# Everything that is not the program's own output goes to stderr.
{
    "$root/scripts/bootstrap.sh"
    cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DDAVY_TESTS=OFF
    cmake --build "$build" --target davylamp
} >&2

if (($# == 0)); then
    set -- run
fi
exec "$build/user/cli/davylamp" "$@"
