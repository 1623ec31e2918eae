# SPDX-License-Identifier: Apache-2.0
# What the web server holds. Runs before the guard, so that none of it counts as covered.
#   site.sh FOLDER
set -euo pipefail
cd "$1"
echo 1.4.2 >version.txt
echo '{"tag_name": "v1.4.2", "assets": [{"name": "tool.tar.gz"}]}' >release.json
seq 1 20000 >numbers.txt
sha256sum numbers.txt >numbers.txt.sha256
printf 'Listen {{ port }}\nRoot /srv/{{ name }}\n' >service.conf.template
printf '#!/bin/sh\n# {{ name }}\nset -e\ncp "$1" "$2"\necho "{{ name }} on {{ port }}" >"$2.applied"\n' \
    >apply.sh.template
printf '#!/usr/bin/env python3\nimport sys\nprint(sum(int(line) for line in sys.stdin))\n' >mapper.py
mkdir tool
seq 1 500 >tool/data
echo 'a tool, and its data' >tool/README
tar czf tool.tar.gz tool
rm -r tool

export GNUPGHOME=$PWD/gnupg
mkdir -m 700 gnupg
gpg --batch --quiet --passphrase '' --quick-generate-key corpus@localhost ed25519 sign never
gpg --batch --armor --export corpus@localhost >key.asc
gpg --batch --armor --detach-sign numbers.txt
gpgconf --kill all
rm -rf gnupg # whose agent removes its sockets as it ends
