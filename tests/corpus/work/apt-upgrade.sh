# SPDX-License-Identifier: Apache-2.0
# Real upgrades, by hand and unattended, of a package that was put in at an older version.
. "$WORK/common.sh"

borrow unattended-upgrades hello
newest=$(dpkg-query -W -f '${Version}' hello)

# The archive's own package with an older version in its control file.
apt download hello
dpkg-deb -R hello_*.deb older
sed -i 's/^Version: .*/Version: 2.9-1/' older/DEBIAN/control
dpkg-deb -b older older.deb
put_back() {
    apt install --allow-downgrades ./older.deb
    same "$(dpkg-query -W -f '${Version}' hello)" 2.9-1
}

put_back
apt install --only-upgrade hello
same "$(dpkg-query -W -f '${Version}' hello)" "$newest"

put_back
apt upgrade -s | grep '^Inst hello ' || die 'no upgrade of hello is seen'
# Everything that Debian signs, of which hello alone: this machine keeps the rest as it is.
cat >unattended.conf <<'CONF'
#clear Unattended-Upgrade::Origins-Pattern;
Unattended-Upgrade::Origins-Pattern { "origin=Debian"; };
Unattended-Upgrade::Package-Whitelist { "^hello$"; };
Unattended-Upgrade::Package-Whitelist-Strict "true";
Unattended-Upgrade::Remove-Unused-Dependencies "false";
Unattended-Upgrade::Remove-New-Unused-Dependencies "false";
Unattended-Upgrade::Remove-Unused-Kernel-Packages "false";
Unattended-Upgrade::Skip-Updates-On-Metered-Connections "false";
Unattended-Upgrade::OnlyOnACPower "false";
CONF
export APT_CONFIG=$PWD/unattended.conf
unattended-upgrade -v
same "$(dpkg-query -W -f '${Version}' hello)" "$newest"
unset APT_CONFIG
finished
