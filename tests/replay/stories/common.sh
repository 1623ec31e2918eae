# SPDX-License-Identifier: Apache-2.0
# What the stories share. Each runs in $STAGE under the guard, with the world at $WEB and $POOL_PORT.
set -euo pipefail
cd "$STAGE"

# Waiting must not fill the recording with sleeps: a read that nothing answers is no process.
mkfifo -m 600 never
exec {never}<>never
pause() {
    read -rt "$1" -u "$never" || true
}

# wait_for CONDITION: shell text, tried until it holds; a story that hangs has failed.
wait_for() {
    local end=$((SECONDS + 15))
    until eval "$1"; do
        if ((SECONDS > end)); then
            echo "story: this never came true: $1" >&2
            exit 1
        fi
        pause 0.05
    done
}

# accepted FILE N: the miner that writes this log has had N shares accepted.
accepted() {
    local line count=0
    [[ -e $1 ]] || return 1
    while read -r line; do
        [[ $line != accepted ]] || ((++count))
    done <"$1"
    ((count >= $2))
}

# The guard's stdout is for alerts.
exec >said
