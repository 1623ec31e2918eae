# SPDX-License-Identifier: Apache-2.0
# A configuration manager, run again and again: fetches templates, renders a file and a script, and
# runs the script where something has changed.
. "$WORK/common.sh"
mkdir state etc
for port in 8080 8080 8081; do
    python3 "$WORK/twins/configuration_manager.py" "$WEB" "$PWD/state" "$PWD/etc/service.conf" "$port"
done
same "$(head -n 1 etc/service.conf)" 'Listen 8081'
same "$(<etc/service.conf.applied)" 'corpus on 8081'
same "$(wc -l <state/log)" 2 # the second run found nothing to do
finished
