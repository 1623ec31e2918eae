# SPDX-License-Identifier: Apache-2.0
# Data from the network, through pipes and files, to programs and to shells that only read it.
. "$WORK/common.sh"
export GNUPGHOME=$PWD/gnupg
mkdir -m 700 gnupg

curl -fsS "$WEB/tool.tar.gz" | tar xz
same "$(wc -l <tool/data)" 500
rm -r tool
wget -q "$WEB/tool.tar.gz"
tar xzf tool.tar.gz
same "$(tail -n 1 tool/data)" 500
grep -q 'its data' <(cat tool/README)
wget -q -O - "$WEB/tool.tar.gz" | gunzip -c | tar t | grep -q tool/README
curl -fsS "$WEB/tool.tar.gz" | tee copy.tar.gz | sha256sum >sum
cmp tool.tar.gz copy.tar.gz

same "$(curl -fsS "$WEB/release.json" | jq -r .tag_name)" v1.4.2
same "$(curl -fsS "$WEB/release.json" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["tag_name"])')" v1.4.2
same "$(curl -fsS "$WEB/release.json" | perl -ne 'print $1 if /"(v[^"]*)"/')" v1.4.2
same "$(curl -fsS "$WEB/release.json" | node -e 'process.stdin.on("data", d =>
    console.log(JSON.parse(d).tag_name))')" v1.4.2
same "$(curl -fsS "$WEB/release.json" | sed -n 's/.*"\(v[0-9.]*\)".*/\1/p')" v1.4.2
VERSION=$(curl -fsS "$WEB/version.txt")
same "$VERSION" 1.4.2
sh -c "echo \"installing $VERSION\"" | grep -q 1.4.2
bash -c 'printf "%s\n" "$1"' -- "$(curl -fsS "$WEB/version.txt")" | grep -q 1.4.2
TAG=$(wget -qO- "$WEB/release.json" | grep -o 'v[0-9.]*' | head -n 1)
same "$TAG" v1.4.2

curl -fsS "$WEB/key.asc" | gpg --dearmor >keyring.gpg
curl -fsS "$WEB/key.asc" | gpg --batch --quiet --import
curl -fsS -o numbers.txt "$WEB/numbers.txt" -o numbers.txt.asc "$WEB/numbers.txt.asc"
gpg --batch --verify numbers.txt.asc numbers.txt
gpgv --keyring ./keyring.gpg numbers.txt.asc numbers.txt
curl -fsS "$WEB/numbers.txt.sha256" | sha256sum -c -
curl -fsSO "$WEB/numbers.txt.sha256" && sha256sum -c numbers.txt.sha256
gpgconf --kill all

# head ends first, and curl has nobody to write to.
{ curl -sS "$WEB/numbers.txt" || true; } | head -n 3 | while read -r line; do echo "saw $line"; done >saw
same "$(wc -l <saw)" 3
while IFS= read -r line; do last=$line; done < <(curl -fsS "$WEB/numbers.txt")
same "$last" 20000
mapfile -t lines < <(wget -qO- "$WEB/numbers.txt")
same "${#lines[@]}" 20000
printf 'total=0\nwhile read -r n; do total=$((total + n)); done\necho $total\n' >sum.sh
same "$(curl -fsS "$WEB/numbers.txt" | bash sum.sh)" 200010000
same "$(curl -fsS "$WEB/numbers.txt" | awk '{ t += $1 } END { print t }')" 200010000
curl -fsS "$WEB/numbers.txt" | xargs -n 1000 echo | wc -l | grep -qx 20
curl -fsS "$WEB/numbers.txt" | sort -n | tail -n 1 | bash -c 'read -r n && ((n == 20000))'
diff <(curl -fsS "$WEB/version.txt") <(wget -qO- "$WEB/version.txt")
status=$(curl -s -o /dev/null -w '%{http_code}' "$WEB/nothing")
same "$status" 404
finished
