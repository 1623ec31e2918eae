# SPDX-License-Identifier: Apache-2.0
# A build agent takes jobs from its server: each step is a script that it writes and runs, with a
# checkout before it, as GitHub's runner and Jenkins do.
. "$WORK/common.sh"
export HOME=$PWD
git init -q -b main origin
printf '#!/bin/sh\nset -e\ncc -o prog prog.c\n./prog\n' >origin/build.sh
printf '#include <stdio.h>\nint main(void) { puts("built"); return 0; }\n' >origin/prog.c
chmod 755 origin/build.sh
git -C origin add .
git -C origin -c user.name=corpus -c user.email=corpus@localhost commit -qm first
git clone -q --bare origin served/tool.git
python3 "$WORK/twins/git_server.py" served port &
server=$!
on_exit 'end $server'
wait_for 20 '[[ -s port ]]'
REPOSITORY=http://127.0.0.1:$(<port)/tool.git python3 "$WORK/twins/ci_agent.py" "$DISPATCHER" "$PWD/_work" file &
agent=$!
on_exit 'end $agent'
wait_for 50 '(($(grep -c "\"result\": 0" results.jsonl 2>/dev/null) == 6))'
grep -q built _work/log
finished
