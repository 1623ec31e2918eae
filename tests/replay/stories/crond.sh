# SPDX-License-Identifier: Apache-2.0
# Stands for crond, which does not run everywhere and would take a minute: runs the one line of a
# crontab every second as the user it belongs to, unless its last run is still going.
#   crond.sh CRONTAB USER
mkfifo -m 600 "$STAGE/cron.tick"
exec {tick}<>"$STAGE/cron.tick"
while [[ ! -e $STAGE/cron.stop ]]; do
    if [[ -s $1 && -e $STAGE/cron.due ]]; then
        rm -f "$STAGE/cron.due"
        read -r line <"$1"
        setpriv --reuid "$2" --regid "$2" --clear-groups /bin/sh -c "$line" </dev/null
    fi
    read -rt 0.2 -u "$tick" || true
done
