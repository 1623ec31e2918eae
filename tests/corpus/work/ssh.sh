# SPDX-License-Identifier: Apache-2.0
# Remote commands over a real sshd: what administrators, deploy scripts and configuration managers
# send to a shell's standard input comes over the network, and is no attack.
. "$WORK/common.sh"

borrow openssh-server openssh-client rsync
[[ -d /run/sshd ]] || {
    mkdir /run/sshd
    on_exit 'rm -rf /run/sshd' # the package's removal may have been first
}
ssh-keygen -q -t ed25519 -N '' -f host_key
ssh-keygen -q -t ed25519 -N '' -f key
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >sshd_config <<CONF
ListenAddress 127.0.0.1:$port
HostKey $PWD/host_key
PidFile $PWD/sshd.pid
AuthorizedKeysFile $PWD/key.pub
StrictModes no
PermitRootLogin yes
UsePAM yes
Subsystem sftp /usr/lib/openssh/sftp-server
CONF
cat >ssh_config <<CONF
Host there
  HostName 127.0.0.1
  Port $port
  User root
  IdentityFile $PWD/key
  IdentitiesOnly yes
  BatchMode yes
  StrictHostKeyChecking no
  UserKnownHostsFile $PWD/known_hosts
  LogLevel ERROR
CONF
/usr/sbin/sshd -D -e -f "$PWD/sshd_config" &
server=$!
on_exit 'end $server'
there() {
    ssh -F ssh_config "$@"
}
wait_for 20 'there there true'

printf 'echo "from the script: $(uname -s)"\nfor i in 1 2 3; do echo $i; done | tail -n 1\n' >script.sh
expected=$'from the script: Linux\n3'
same "$(there there 'echo $((6 * 7))')" 42
same "$(there there bash -s <script.sh)" "$expected"
same "$(there there 'bash -s -- one' <script.sh)" "$expected"
same "$(cat script.sh | there there sh)" "$expected"
same "$(there there <script.sh | tail -n 2)" "$expected" # a login shell, below the day's message
same "$(there there 'exec /bin/sh -c "cat - | sh"' <script.sh)" "$expected"
same "$(echo 'print(6 * 7)' | there there python3 -)" 42
same "$(there there /bin/bash <<'END'
set -e
cd /
pwd
END
)" /
there -tt there 'echo on a terminal' </dev/null | grep -q terminal

# Ansible's way: a folder, a module by sftp, python over it.
there there "/bin/sh -c 'mkdir -p $PWD/remote && echo ready'" | grep -q ready
echo 'import json, platform; print(json.dumps({"system": platform.system()}))' >module.py
echo "put module.py remote/module.py" | sftp -q -F ssh_config -b - "there:$PWD"
same "$(there there "/bin/sh -c 'python3 $PWD/remote/module.py'" | jq -r .system)" Linux
scp -q -F ssh_config script.sh "there:$PWD/remote/deployed.sh"
same "$(there there "bash $PWD/remote/deployed.sh")" "$expected"
mkdir tree && seq 1 100 >tree/data
rsync -a -e "ssh -F $PWD/ssh_config" tree/ "there:$PWD/synced/"
cmp tree/data synced/data
tar c tree | there there "mkdir $PWD/untarred && tar x -C $PWD/untarred"
same "$(there there "cat $PWD/untarred/tree/data" | tail -n 1)" 100
same "$(there there "tar cz -C $PWD tree" | tar tz | wc -l)" 2

# sshd is reinstalled below a session, and the old one goes on: it takes who comes, by the new file.
mkfifo orders
there there bash -s <orders >answers &
session=$!
exec 8>orders
echo 'echo "before: $((6 * 7))"' >&8
wait_for 20 'grep -qx "before: 42" answers'
apt install --reinstall openssh-server openssh-sftp-server
readlink "/proc/$server/exe" | grep -q '(deleted)' || die 'sshd was not replaced while it ran'
echo 'echo "after: $((6 * 7))"' >&8
wait_for 20 'grep -qx "after: 42" answers'
exec 8>&-
wait "$session"

# What is copied is run: by sftp-server, by scp's old way, and by sshd's own server once it has started
# itself again from the new file.
copied() {
    scp -q "$@" -F ssh_config script.sh "there:$PWD/remote/copied.sh"
    same "$(there there sh "$PWD/remote/copied.sh")" "$expected"
    echo "put script.sh remote/put.sh" | sftp -q -F ssh_config -b - "there:$PWD"
    same "$(there there sh "$PWD/remote/put.sh")" "$expected"
    rm remote/copied.sh remote/put.sh
}
copied
copied -O
sed -i 's/^Subsystem .*/Subsystem sftp internal-sftp/' sshd_config
kill -HUP "$server"
wait_for 20 '! readlink "/proc/$server/exe" | grep -q "(deleted)" && there there true'
copied
finished
