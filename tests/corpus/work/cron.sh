# SPDX-License-Identifier: Apache-2.0
# Jobs on the minute, from Debian's cron and from busybox's: data fetched and read, run-parts, a
# pipeline, a script of the administrator's. Mounts of its own hide the machine's crontabs.
. "$WORK/common.sh"

borrow cron
mkdir -p tabs hourly said
cat >report.sh <<SH
#!/bin/sh
latest=\$(curl -fsS $WEB/version.txt) || exit 1
curl -fsS $WEB/numbers.txt | while read -r n; do [ "\$n" != 7 ] || echo "\$latest \$n"; done
SH
printf '#!/bin/sh\necho "part $0 $(date +%%H)" | cat\n' >hourly/part
chmod 755 report.sh hourly/part
cat >tab <<TAB
PATH=/usr/sbin:/usr/bin:/sbin:/bin
MAILTO=""
* * * * * $PWD/report.sh >$PWD/said/report.NAME
* * * * * cd / && run-parts --report $PWD/hourly >$PWD/said/parts.NAME
* * * * * wget -qO- $WEB/release.json | grep -c tag_name >$PWD/said/pipe.NAME
* * * * * bash -c 'echo "\$(curl -fsS $WEB/version.txt)"' >$PWD/said/shell.NAME
* * * * * python3 -c 'import urllib.request as u; print(len(u.urlopen("$WEB/numbers.txt").read()))' >$PWD/said/python.NAME
TAB
jobs=5
sed s/NAME/cron/ tab >tabs/root
chmod 600 tabs/root
mkdir busybox-tabs
sed '/^PATH=\|^MAILTO=/d; s/NAME/busybox/' tab >busybox-tabs/root

export CRON_FOLDER=$PWD
# The spool and its pid file are this cron's own; no system crontab is read.
unshare --mount --propagation private bash -ec '
    : >"$CRON_FOLDER/no-crontab"
    mkdir "$CRON_FOLDER/empty"
    mount --bind "$CRON_FOLDER/tabs" /var/spool/cron/crontabs
    mount --bind "$CRON_FOLDER/empty" /etc/cron.d
    [ ! -e /etc/crontab ] || mount --bind "$CRON_FOLDER/no-crontab" /etc/crontab
    mount -t tmpfs none /run
    exec cron -f' &
cron=$!
busybox crond -f -c "$PWD/busybox-tabs" -L "$PWD/crond.log" &
crond=$!
on_exit 'end $cron; end $crond'

done_by() {
    local count=0 file
    for file in said/*."$1"; do
        [[ ! -s $file ]] || ((++count))
    done
    ((count == jobs))
}
wait_for 75 'done_by cron && done_by busybox'
for by in cron busybox; do
    same "$(<said/report.$by)" '1.4.2 7'
    grep -q '^part' "said/parts.$by" || grep -q part "said/parts.$by"
    same "$(<said/pipe.$by)" 1
    same "$(<said/shell.$by)" 1.4.2
    same "$(<said/python.$by)" 108894
done
finished
