# SPDX-License-Identifier: Apache-2.0
# What the story's web server holds. Runs before the guard, so it is no part of the recording.
#   site.sh NAME FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
name=$1
cd "$2"

echo "127.0.0.1 $POOL_PORT fast" >w.conf
echo '{"tag_name": "v1.4.2", "assets": [{"name": "tool.tar.gz", "size": 20480}]}' >release.json
echo v1.4.2 >version.txt
mkdir tool
seq 1 500 >tool/data
printf 'all:\n\t@wc -l data\n' >tool/Makefile
tar czf tool.tar.gz tool

case $name in
hadoop-incident)
    sed "s|STAGE|/var/tmp/story-$name|g; s|WEB|$WEB|g" "$here/zz.sh" >zz.sh
    ;;
benign-hour)
    # A package archive of three packages that this host has in this very version; bsdutils holds
    # a program that runs while it is replaced.
    mkdir -m 777 debs
    (cd debs && apt-get download -qq hostname ncurses-base bsdutils && chmod 644 ./*.deb)
    python3 "$here/packages.py" debs
    npm_pack=$(mktemp -d)
    echo '{"name": "tiny", "version": "1.0.0",
           "scripts": {"postinstall": "node -e \"console.log(process.version)\" | cat"}}' \
        >"$npm_pack/package.json"
    if command -v npm >/dev/null; then
        npm pack --silent "$npm_pack" >/dev/null
    fi
    rm -rf "$npm_pack"
    ;;
mixed)
    printf 'id\nuname -r\nfor i in 1 2 3; do echo $i; done | tail -n 1\n' | gzip | base64 >p
    ;;
esac
