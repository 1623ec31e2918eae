# SPDX-License-Identifier: Apache-2.0
# The same agent, giving each step to a shell's standard input, as GitLab's shell executor does.
. "$WORK/common.sh"
export HOME=$PWD
git init -q -b main origin
printf '#!/bin/sh\necho built\n' >origin/build.sh
chmod 755 origin/build.sh
git -C origin add .
git -C origin -c user.name=corpus -c user.email=corpus@localhost commit -qm first
REPOSITORY=$PWD/origin python3 "$WORK/twins/ci_agent.py" "$DISPATCHER" "$PWD/_work" stdin &
agent=$!
on_exit 'end $agent'
wait_for 50 '(($(grep -c "\"result\": 0" results.jsonl 2>/dev/null) == 6))'
grep -q built _work/log
finished
