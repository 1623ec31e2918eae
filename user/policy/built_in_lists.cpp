// SPDX-License-Identifier: Apache-2.0
// docs/policy.md names what is here; docs_test.cpp compares.
#include "policy/built_in_lists.h"

namespace davylamp::built_in {

// Names are compared whole and without a version suffix, so "python" covers python3.11. What is a
// link on some hosts (rbash, nodejs) is a program of its own on others.
//
// csh, tcsh and fish read their arguments much as sh does: -c and -s alike (fish knows no -s), then
// a script, and code from standard input without one. Where they differ (fish -C CODE, csh -b) the
// reading errs towards a script, that is towards silence.
//
// Of the rest of what Debian has:
// - left out, because their arguments follow other rules: pwsh, nu, elvish, xonsh, deno, bun.
// - left out, because what they read is data, though a line of it may start a program: sqlite3,
//   psql, mysql, ed, m4, bc, vim, jq, xargs, parallel. What they start is judged when it starts.
// - php-fpm and php-cgi are servers.
std::vector<Interpreter> interpreters()
{
    return {
        {"sh", DAVY_FAMILY_SHELL},
        {"bash", DAVY_FAMILY_SHELL},
        {"rbash", DAVY_FAMILY_SHELL},
        {"bash-static", DAVY_FAMILY_SHELL},
        {"dash", DAVY_FAMILY_SHELL},
        {"ash", DAVY_FAMILY_SHELL},
        {"zsh", DAVY_FAMILY_SHELL},
        {"rzsh", DAVY_FAMILY_SHELL},
        {"zsh-static", DAVY_FAMILY_SHELL},
        {"ksh", DAVY_FAMILY_SHELL},
        {"ksh93", DAVY_FAMILY_SHELL},
        {"rksh93", DAVY_FAMILY_SHELL},
        {"mksh", DAVY_FAMILY_SHELL},
        {"mksh-static", DAVY_FAMILY_SHELL},
        {"lksh", DAVY_FAMILY_SHELL},
        {"oksh", DAVY_FAMILY_SHELL},
        {"posh", DAVY_FAMILY_SHELL},
        {"yash", DAVY_FAMILY_SHELL},
        {"csh", DAVY_FAMILY_SHELL},
        {"bsd-csh", DAVY_FAMILY_SHELL},
        {"tcsh", DAVY_FAMILY_SHELL},
        {"fish", DAVY_FAMILY_SHELL},
        {"python", DAVY_FAMILY_PYTHON},
        {"python2", DAVY_FAMILY_PYTHON},
        {"python3", DAVY_FAMILY_PYTHON},
        {"pypy", DAVY_FAMILY_PYTHON},
        {"pypy3", DAVY_FAMILY_PYTHON},
        {"perl", DAVY_FAMILY_PERL},
        {"ruby", DAVY_FAMILY_RUBY},
        {"node", DAVY_FAMILY_NODE},
        {"nodejs", DAVY_FAMILY_NODE},
        {"php", DAVY_FAMILY_PHP},
        {"lua", DAVY_FAMILY_LUA},
        {"luajit", DAVY_FAMILY_LUA},
        {"busybox", DAVY_FAMILY_MULTICALL},
        {"busybox.static", DAVY_FAMILY_MULTICALL},
        {"toybox", DAVY_FAMILY_MULTICALL},
        // As their files are named: until glibc 2.34 ld-linux.so was a link to ld-VERSION.so.
        {"ld-linux-x86-64.so.2", DAVY_FAMILY_LOADER},
        {"ld-linux.so.2", DAVY_FAMILY_LOADER},
        {"ld-linux-aarch64.so.1", DAVY_FAMILY_LOADER},
        {"ld-musl-x86_64.so.1", DAVY_FAMILY_LOADER},
        {"ld-musl-aarch64.so.1", DAVY_FAMILY_LOADER},
        {"ld-2.17.so", DAVY_FAMILY_LOADER},
        {"ld-2.28.so", DAVY_FAMILY_LOADER},
        {"ld-2.31.so", DAVY_FAMILY_LOADER},
        {"ld-2.33.so", DAVY_FAMILY_LOADER},
        {"awk", DAVY_FAMILY_AWK},
        {"gawk", DAVY_FAMILY_AWK},
        {"mawk", DAVY_FAMILY_AWK},
        {"nawk", DAVY_FAMILY_AWK},
        {"original-awk", DAVY_FAMILY_AWK},
        {"tclsh", DAVY_FAMILY_TCL},
        {"expect", DAVY_FAMILY_TCL},
        {"jimsh", DAVY_FAMILY_TCL},
        {"wish", DAVY_FAMILY_TCL},
        {"make", DAVY_FAMILY_MAKE},
        {"gmake", DAVY_FAMILY_MAKE},
        {"bmake", DAVY_FAMILY_MAKE},
        {"remake", DAVY_FAMILY_MAKE},
        {"java", DAVY_FAMILY_JAVA},
        {"at", DAVY_FAMILY_INPUT},
        {"crontab", DAVY_FAMILY_INPUT},
        {"gdb", DAVY_FAMILY_INPUT},
        {"guile", DAVY_FAMILY_OTHER},
        {"R", DAVY_FAMILY_OTHER},
        {"Rscript", DAVY_FAMILY_OTHER},
        {"octave", DAVY_FAMILY_OTHER},
        {"octave-cli", DAVY_FAMILY_OTHER},
        {"gnuplot", DAVY_FAMILY_OTHER},
        {"gnuplot-nox", DAVY_FAMILY_OTHER},
        {"gnuplot-qt", DAVY_FAMILY_OTHER},
        {"gnuplot-x11", DAVY_FAMILY_OTHER},
        {"julia", DAVY_FAMILY_OTHER},
        {"sbcl", DAVY_FAMILY_OTHER},
        {"clisp", DAVY_FAMILY_OTHER},
        {"gforth", DAVY_FAMILY_OTHER},
        {"ocaml", DAVY_FAMILY_OTHER},
        {"swipl", DAVY_FAMILY_OTHER},
        {"racket", DAVY_FAMILY_OTHER},
        {"qjs", DAVY_FAMILY_OTHER},
        {"jshell", DAVY_FAMILY_OTHER},
    };
}

// Who writes the new file over a running one, and the usual front ends. Each entry is an exemption,
// so the list ends there. dnf 4, yum and emerge are Python: their image is the interpreter, which
// must never be listed (docs/policy.md).
std::vector<std::string> package_managers()
{
    return {
        "/usr/bin/dpkg",
        "/usr/bin/dpkg-divert",
        "/usr/bin/apt-get",
        "/usr/bin/apt",
        "/usr/bin/rpm",
        "/usr/bin/dnf5",
        "/usr/bin/dnf5daemon-server", // where /usr/sbin is a link
        "/usr/sbin/dnf5daemon-server",
        "/usr/bin/microdnf",
        "/usr/bin/rpm-ostree",
        "/usr/bin/ostree",
        "/usr/bin/zypper",
        "/usr/libexec/packagekitd",
        "/usr/lib/packagekitd",            // Arch
        "/usr/lib/packagekit/packagekitd", // older Debian
        "/sbin/apk",
        "/usr/bin/pacman",
        "/usr/bin/xbps-install",
        "/bin/opkg",
        "/usr/lib/snapd/snapd",
        "/usr/libexec/snapd/snapd",                // Fedora
        "/snap/snapd/current/usr/lib/snapd/snapd", // where snapd has updated itself
        "/usr/bin/flatpak",
        "/usr/libexec/flatpak-system-helper",
        "/usr/lib/flatpak-system-helper", // Arch
    };
}

// Programs whose work is to bring other programs from the network and to put them in their places.
// What they or their children write is installed, and running it is no download that is run. Each
// entry is an exemption. Interpreters need none: what pip, npm or cloud-init write never counts,
// since they are programs in files of their own (rules/provenance.h).
std::vector<std::string> installers()
{
    return {
        "/usr/bin/git",
        "/usr/lib/git-core/git",
        "/usr/lib/git-core/git-remote-http",
        "/usr/libexec/git-core/git", // Fedora
        "/usr/libexec/git-core/git-remote-http",
        "/usr/bin/hg",
        "/usr/bin/svn",
        "/usr/bin/dockerd",
        "/usr/bin/containerd",
        "/usr/local/bin/containerd",
        "/usr/bin/containerd-shim-runc-v2",
        "/usr/local/bin/containerd-shim-runc-v2",
        "/usr/bin/podman",
        "/usr/bin/buildah",
        "/usr/bin/skopeo",
        "/usr/bin/crio",
        "/usr/bin/buildkitd",
        "/usr/bin/kubelet",
        "/usr/local/bin/kubelet",
        "/usr/local/bin/k3s",
        "/usr/bin/cargo",
        "/usr/bin/go",
        "/usr/local/go/bin/go",
        "/usr/lib/go/bin/go",
        "/usr/bin/systemd-sysupdate",
        "/usr/lib/systemd/systemd-importd",
    };
}

// A connection that one of these accepts is an administrator's, or a configuration manager's that
// works like one (ssh host bash -s < script).
std::vector<std::string> remote_admin()
{
    return {
        "/usr/sbin/sshd",
        "/usr/bin/sshd",
        "/usr/lib/openssh/sshd-session",
        "/usr/libexec/openssh/sshd-session",
        "/usr/lib/ssh/sshd-session",
        "/usr/sbin/dropbear",
        "/usr/bin/kubelet",
        "/usr/local/bin/kubelet",
        "/usr/local/bin/k3s",
        "/usr/bin/dockerd",
        "/usr/bin/containerd",
        "/usr/local/bin/containerd",
        "/usr/bin/containerd-shim-runc-v2",
        "/usr/local/bin/containerd-shim-runc-v2",
        "/usr/bin/conmon",
        "/usr/bin/crio",
    };
}

// Container runtimes start from a sealed copy of themselves since CVE-2019-5736 (libcontainer's
// cloned_binary.c; crun has the same): without these rows every container start is a finding, and
// in block mode no container starts. The row is the file's that starts the copy, and not the copy's
// name, which anybody may give to a memfd.
std::vector<std::string> fileless_allowed()
{
    return {
        "/usr/bin/runc",
        "/usr/sbin/runc",
        "/usr/local/sbin/runc",
        "/usr/bin/crun",
    };
}

// The pools' usual ports, less those with an everyday use: 25, 80, 443, 8080 and 9000 are the web
// and mail (pools listen there to look like it), 2222 is sshd's second home, 4444 Selenium, 5555
// adb, 5556 an OpenID provider, 6666 and 7777 chat and games, 8333 Bitcoin's peers, 8888 Jupyter. A
// port alone is only a hint: the 50 commonest make a third of the published pools.
std::vector<Port> pool_ports()
{
    return {
        {1111, "Herominers"},
        {3333, "the commonest Stratum port"},
        {3334, "Stratum"},
        {3335, "Stratum"},
        {3336, "Stratum"},
        {3357, "Stratum"},
        {5588, "Stratum"},
        {5730, "Stratum"},
        {10300, "Nanopool, Monero"},
        {10343, "Nanopool, Monero over TLS"},
        {14433, "Nanopool, Monero over TLS, formerly"},
        {14444, "Nanopool, Monero, formerly"},
        {34254, "Stratum V2"},
        {45560, "Stratum, CryptoNote"},
        {45700, "Stratum, CryptoNote"},
    };
}

// Domains of pools, each with who publishes it: mining-pool-domain-intel (Apache-2.0), maltrail's
// crypto_mining trail (MIT), xmrig's own source, or the scripts that miners have in their public
// repositories. Left out are those whose domain is also somebody's shop or project: nicehash.com is
// an exchange, xmrig.com the miner's site.
std::vector<PoolName> pool_names()
{
    return {
        {"supportxmr.com", "Monero pool (maltrail)"},
        {"moneroocean.stream", "Monero pool (maltrail)"},
        {"hashvault.pro", "Monero pool (maltrail)"},
        {"nanopool.org", "mining pool (maltrail)"},
        {"herominers.com", "mining pool (maltrail)"},
        {"2miners.com", "mining pool (mining-pool-domain-intel)"},
        {"c3pool.com", "Monero pool (maltrail)"},
        {"unmineable.com", "mining pool (miners' scripts on GitHub)"},
        {"auto.nicehash.com", "NiceHash's Stratum servers (miners' scripts on GitHub)"},
        {"donate.v2.xmrig.com", "xmrig's donations (xmrig's source)"},
        {"donate.ssl.xmrig.com", "xmrig's donations (xmrig's source)"},
        {"f2pool.com", "mining pool (mining-pool-domain-intel)"},
        {"antpool.com", "mining pool (mining-pool-domain-intel)"},
        {"viabtc.io", "ViaBTC, mining pool (mining-pool-domain-intel)"},
        {"viabtc.cc", "ViaBTC, mining pool (mining-pool-domain-intel)"},
        {"viabtc.top", "ViaBTC, mining pool (mining-pool-domain-intel)"},
        {"powhashing.com", "ViaBTC, mining pool (mining-pool-domain-intel)"},
        {"k1pool.com", "mining pool (miners' scripts on GitHub)"},
        {"suprnova.cc", "mining pool (maltrail)"},
        {"aikapool.com", "mining pool (miners' scripts on GitHub)"},
        {"miningpoolhub.com", "mining pool (maltrail)"},
        {"luxor.tech", "mining pool (mining-pool-domain-intel)"},
        {"ravenminer.com", "mining pool (mining-pool-domain-intel)"},
        {"minergate.com", "mining pool (maltrail)"},
        {"xmrpool.eu", "Monero pool (maltrail)"},
        {"monerohash.com", "Monero pool (maltrail)"},
        {"ppxxmr.com", "Monero pool (miners' scripts on GitHub)"},
        {"fastpool.xyz", "mining pool (miners' scripts on GitHub)"},
    };
}

// Programs whose death locks the administrator out or takes the host down. Pid 1 and Davylamp
// itself are spared without a row. Not /sbin/init: on Alpine it is a link to busybox, and the row
// would spare every shell of the host, since a row stands for the file and not for its name.
std::vector<std::string> never_kill()
{
    return {
        "/usr/lib/systemd/systemd",
        "/lib/systemd/systemd",
        "/usr/lib/systemd/systemd-journald",
        "/lib/systemd/systemd-journald",
        "/usr/lib/systemd/systemd-logind",
        "/lib/systemd/systemd-logind",
        "/usr/lib/systemd/systemd-udevd",
        "/lib/systemd/systemd-udevd",
        "/usr/lib/systemd/systemd-networkd",
        "/lib/systemd/systemd-networkd",
        "/usr/lib/systemd/systemd-resolved",
        "/lib/systemd/systemd-resolved",
        "/usr/bin/udevadm", // systemd-udevd is a link to it
        "/usr/bin/dbus-daemon",
        "/usr/bin/dbus-broker",
        "/usr/bin/dbus-broker-launch",
        "/usr/sbin/sshd",
        "/usr/bin/sshd",
        "/usr/lib/openssh/sshd-session", // OpenSSH 9.8 on: one a connection
        "/usr/libexec/openssh/sshd-session",
        "/usr/lib/ssh/sshd-session",
        "/usr/sbin/NetworkManager",
        "/usr/bin/NetworkManager",
        "/usr/sbin/auditd",
        "/sbin/iscsid", // the root disk may hang on it
        "/sbin/multipathd",
        "/usr/bin/kubelet",
        "/usr/local/bin/kubelet",
        "/usr/local/bin/k3s",
        "/usr/bin/containerd",
        "/usr/local/bin/containerd",
        "/usr/bin/containerd-shim-runc-v2",
        "/usr/local/bin/containerd-shim-runc-v2",
        "/usr/bin/dockerd",
        "/usr/bin/crio",
        "/usr/bin/conmon",
    };
}

} // namespace davylamp::built_in
