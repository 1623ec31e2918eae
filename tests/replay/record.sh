#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the recordings again: each story is acted out for real under `davylamp guard --mode monitor
# --record`, and its expected alerts are what `davylamp replay` says of the recording.
#   record.sh DAVYLAMP [NAME…]              act the stories (all), as root
#   record.sh --expected DAVYLAMP [NAME…]   keep the recordings, write the expected alerts again
# Read the difference before committing it: benign-hour expects no alert at all.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
expected_only=
if [[ ${1:-} == --expected ]]; then
    expected_only=1
    shift
fi
if (($# == 0)); then
    sed -n '2,6s/^# \?//p' "$0" >&2
    exit 2
fi
davylamp=$(realpath "$1")
shift
names=("$@")
((${#names[@]})) || names=(hadoop-incident benign-hour mixed)

if [[ -z $expected_only ]] && ((EUID != 0)); then
    echo "record.sh: error: the sensor and the stories need root" >&2
    exit 1
fi

# No machine's own path or shell set-up gets into a recording.
export PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TZ=UTC
export WEB=http://127.0.0.1:28080 POOL_PORT=3333

internet=
clean_up() {
    [[ -z $internet ]] || kill "$internet" 2>/dev/null || true
}
trap clean_up EXIT

act() {
    local name=$1 stage=/var/tmp/story-$1 site=/var/tmp/story-$1-site
    rm -rf "$stage" "$site"
    mkdir -p "$stage" "$site"
    chmod 755 "$stage" "$site"
    cp "$here"/stories/* "$stage"
    chmod 644 "$stage"/*
    cd "$stage"

    # The rest of the world: outside the guard, so no part of the recording.
    gcc -O1 -o "$site/java" "$stage/miner.c"
    bash "$here/stories/site.sh" "$name" "$site"
    python3 "$stage/internet.py" "$site" "${WEB##*:}" "$POOL_PORT" "$site/.ready" &
    internet=$!
    until [[ -e $site/.ready ]]; do
        kill -0 "$internet" # its own message says which port is taken
        sleep 0.1
    done

    # The guard's own status is 86 where alerts are told; $stage/done says whether the story ended.
    rm -f "$here/$name.davy"
    env -i PATH="$PATH" HOME="$HOME" LC_ALL="$LC_ALL" TZ="$TZ" WEB="$WEB" POOL_PORT="$POOL_PORT" \
        STAGE="$stage" "$davylamp" guard --mode monitor --record "$here/$name.davy" -- \
        bash "$stage/$name.sh" >"$stage/live.txt" </dev/null || true
    kill "$internet"
    wait "$internet" 2>/dev/null || true
    internet=
    if [[ ! -e $stage/done ]]; then
        echo "record.sh: error: $name: the story did not reach its end; see $stage" >&2
        exit 1
    fi
    chmod 644 "$here/$name.davy"
    "$davylamp" replay "$here/$name.davy" | cmp - "$stage/live.txt"
    cd /
    rm -rf "$stage" "$site"
}

for name in "${names[@]}"; do
    [[ -n $expected_only ]] || act "$name"
    "$davylamp" replay "$here/$name.davy" >"$here/$name.alerts.txt"
    "$davylamp" replay "$here/$name.davy" --format json >"$here/$name.alerts.jsonl"
done
