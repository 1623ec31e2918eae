# SPDX-License-Identifier: Apache-2.0
# npm: packages of the registry with lifecycle scripts, one of which ships a program and runs it; a
# local package with scripts of its own; and the installed programs at work.
. "$WORK/common.sh"
export npm_config_cache=$PWD/cache npm_config_audit=false npm_config_fund=false \
    npm_config_update_notifier=false

mkdir project local
cat >local/package.json <<'JSON'
{
  "name": "local", "version": "1.0.0", "bin": "local.js",
  "scripts": {
    "preinstall": "node -e \"require('fs').writeFileSync('before', process.version)\"",
    "postinstall": "node check.js && sh -c 'echo ready | cat >after'"
  }
}
JSON
printf '#!/usr/bin/env node\nconsole.log("local")\n' >local/local.js
chmod 755 local/local.js
echo 'if (!require("fs").existsSync("before")) process.exit(1);' >local/check.js
npm pack --silent --ignore-scripts ./local

cd project
cat >package.json <<'JSON'
{
  "name": "project", "version": "1.0.0", "private": true,
  "scripts": {
    "prebuild": "echo building",
    "build": "esbuild main.js --bundle --outfile=out.js",
    "test": "node out.js | grep sum"
  }
}
JSON
npm install esbuild@0.21.5 core-js@3.37.1
npm install ../local-1.0.0.tgz
[[ -s node_modules/local/before && -s node_modules/local/after ]] || die 'no lifecycle script ran'
same "$(node_modules/.bin/local)" local
same "$(npx --no-install esbuild --version)" 0.21.5
same "$(node_modules/.bin/esbuild --version)" 0.21.5

echo 'const sum = [1, 2, 3].reduce((a, b) => a + b); console.log("sum", sum);' >main.js
npm run build
npm test
rm -r node_modules
npm ci
same "$(node_modules/.bin/esbuild --version)" 0.21.5
finished
