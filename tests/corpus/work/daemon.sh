# SPDX-License-Identifier: Apache-2.0
# A daemon is replaced while it serves, and goes on serving: it forks, starts programs and talks from
# an image that dpkg has taken away. And a container starts, whose runtime runs a copy of itself, and
# does so once more when the runtime was replaced.
. "$WORK/common.sh"

borrow socat runc
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" EXEC:'/usr/bin/tr a-z A-Z' &
server=$!
on_exit "end $server"
ask() { echo "$1" | socat -t5 - "TCP:127.0.0.1:$port"; }
wait_for 10 '[[ $(ask hello 2>/dev/null) == HELLO ]]'

apt install --reinstall socat
readlink "/proc/$server/exe" | grep -q '(deleted)' || die 'socat was not replaced while it ran'
for word in one two three; do
    same "$(ask $word)" "${word^^}"
done

mkdir -p bundle/rootfs/bin
cp /bin/busybox bundle/rootfs/bin/sh
(
    cd bundle
    runc spec
    python3 - <<'EOF'
import json
spec = json.load(open('config.json'))
spec['process']['terminal'] = False
spec['process']['args'] = ['/bin/sh', '-c', 'echo from the container']
json.dump(spec, open('config.json', 'w'))
EOF
    contained() {
        same "$(runc --root "$FOLDER/runc" run "davylamp-$1")" 'from the container'
    }
    contained "$$"
    apt install --reinstall runc
    contained "$$-again"
)
finished
