# SPDX-License-Identifier: Apache-2.0
# Hadoop's NodeManager on an honest day: twenty containers, each a script that the service wrote.
. "$WORK/common.sh"
python3 "$WORK/twins/nodemanager.py" "$DISPATCHER" "$WEB" "$PWD/local" &
service=$!
on_exit 'end $service'
wait_for 50 '(($(grep -c "\"state\": \"COMPLETE\"" results.jsonl 2>/dev/null) == 20))'
same "$(cat local/appcache/*/*/stdout | sort -u | tr '\n' ' ')" "$(echo container done 200010000 | tr ' ' '\n' | sort | tr '\n' ' ')"
finished
