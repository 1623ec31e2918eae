# SPDX-License-Identifier: Apache-2.0
# What the pieces of work share. Each runs as root below two guards (corpus_test.cpp), in $FOLDER,
# with $WORK (these scripts), $SOURCE (this project) and $WEB (what site.sh made, on loopback).
# A piece checks its own result, leaves the machine as it found it, and ends with `finished`.
set -euo pipefail
exec >&2 # the guard's stdout is for alerts
cd "$FOLDER"
export DEBIAN_FRONTEND=noninteractive

die() {
    echo "corpus: $*"
    exit 1
}

# same GOT EXPECTED
same() {
    [[ $1 == "$2" ]] || die "expected '$2', got '$1'"
}

finished() {
    touch "$FOLDER/finished"
}

# wait_for SECONDS CONDITION: shell text, tried until it holds.
wait_for() {
    local end=$((SECONDS + $1))
    until eval "$2"; do
        ((SECONDS < end)) || die "this never came true in $1 s: $2"
        sleep 0.1
    done
}

clean_up=()
on_exit() {
    clean_up=("$1" "${clean_up[@]}")
}
run_clean_up() {
    local status=$? step
    for step in "${clean_up[@]}"; do
        eval "$step" || {
            echo "corpus: cleaning up failed: $step"
            status=1
        }
    done
    exit "$status"
}
trap run_clean_up EXIT

# end PID: a server of ours.
end() {
    kill "$1" && wait "$1" || true
}

apt() {
    apt-get -qq -y -o APT::Install-Recommends=false -o DPkg::Lock::Timeout=30 "$@" </dev/null
}

# What dpkg knows, configuration that removed packages have left included.
packages() {
    dpkg-query -W -f '${db:Status-Status} ${Package}\n' | grep -v '^not-installed' | sort -u
}

# Services that packages bring are not started: Debian's own way to say so (invoke-rc.d(8)).
refuse_services() {
    [[ ! -e /usr/sbin/policy-rc.d ]] || return 0
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    on_exit 'rm /usr/sbin/policy-rc.d'
}

# borrow PACKAGE…: installs what is missing, and purges at the end what has come with it.
borrow() {
    [[ -e before ]] || {
        packages >before
        refuse_services
        on_exit give_back
    }
    apt update
    apt install "$@"
}
give_back() {
    local added
    mapfile -t added < <(packages | comm -13 before - | cut -d ' ' -f 2)
    ((${#added[@]} == 0)) || apt purge "${added[@]}"
    [[ -z $(packages | comm -13 before -) ]]
}
