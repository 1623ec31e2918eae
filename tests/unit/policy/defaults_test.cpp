// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "davylamp/abi/records.h"
#include "policy/domain.h"
#include "policy/policy.h"

namespace davylamp {
namespace {

TEST(Defaults, ReportAndTouchNothing)
{
    Policy policy = default_policy();
    EXPECT_EQ(policy.source, "built-in");
    EXPECT_EQ(policy.chain, Mode::monitor);
    EXPECT_EQ(policy.image, Mode::monitor);
    EXPECT_EQ(policy.stratum, Mode::monitor);
    EXPECT_FALSE(policy.pool_ports_refuse);
    EXPECT_TRUE(policy.pool_addresses.empty());
    EXPECT_TRUE(policy.allow.empty());
    EXPECT_EQ(policy.evidence.folder, "") << "nothing is written to disk unasked";
}

TEST(Defaults, InterpretersByFamily)
{
    std::map<std::string, std::uint16_t> families;
    for (const Interpreter& one : default_policy().interpreters) {
        EXPECT_TRUE(families.emplace(one.name, one.family).second) << one.name << " twice";
        EXPECT_LT(one.name.size(), static_cast<std::size_t>(DAVY_NAME_MAX));
    }
    const std::pair<const char*, std::uint16_t> wanted[] = {
        {"sh", DAVY_FAMILY_SHELL},          {"bash", DAVY_FAMILY_SHELL},
        {"dash", DAVY_FAMILY_SHELL},        {"ash", DAVY_FAMILY_SHELL},
        {"zsh", DAVY_FAMILY_SHELL},         {"ksh93", DAVY_FAMILY_SHELL},
        {"python", DAVY_FAMILY_PYTHON},     {"python3", DAVY_FAMILY_PYTHON},
        {"pypy3", DAVY_FAMILY_PYTHON},      {"perl", DAVY_FAMILY_PERL},
        {"ruby", DAVY_FAMILY_RUBY},         {"node", DAVY_FAMILY_NODE},
        {"nodejs", DAVY_FAMILY_NODE},       {"php", DAVY_FAMILY_PHP},
        {"lua", DAVY_FAMILY_LUA},           {"luajit", DAVY_FAMILY_LUA},
        {"busybox", DAVY_FAMILY_MULTICALL}, {"busybox.static", DAVY_FAMILY_MULTICALL},
        {"toybox", DAVY_FAMILY_MULTICALL},  {"ld-linux-x86-64.so.2", DAVY_FAMILY_LOADER},
        {"mawk", DAVY_FAMILY_AWK},          {"tclsh", DAVY_FAMILY_TCL},
        {"make", DAVY_FAMILY_MAKE},         {"java", DAVY_FAMILY_JAVA},
        {"crontab", DAVY_FAMILY_INPUT},     {"R", DAVY_FAMILY_OTHER},
    };
    for (auto [name, family] : wanted) {
        ASSERT_TRUE(families.count(name)) << name;
        EXPECT_EQ(families[name], family) << name;
    }
    for (const char* name : {"cat", "tee", "tar", "pwsh", "sqlite3", "ld"})
        EXPECT_FALSE(families.count(name)) << name;
}

// What everyday services use is no pool, whatever pools do with it.
TEST(Defaults, PortsAvoidEverydayServices)
{
    std::set<std::uint16_t> ports;
    for (const Port& one : default_policy().pool_ports) {
        EXPECT_TRUE(ports.insert(one.port).second) << one.port << " twice";
        EXPECT_NE(one.note, "") << one.port;
    }
    for (std::uint16_t port : {3333, 3334, 14444, 45700})
        EXPECT_TRUE(ports.count(port)) << port;
    for (std::uint16_t port : {0, 22, 25, 53, 80, 443, 2222, 3306, 4444, 5432, 5555, 6379, 8000,
                               8080, 8333, 8443, 8888, 9000, 9200})
        EXPECT_FALSE(ports.count(port)) << port;
}

// A name convicts: no shop, no project and no whole registry may be among those built in.
TEST(Defaults, NamesAreThoseOfPoolsAlone)
{
    std::set<std::string> names;
    for (const PoolName& one : default_policy().pool_names) {
        EXPECT_TRUE(names.insert(one.name).second) << one.name << " twice";
        EXPECT_NE(one.note, "") << one.name;
        auto domain = parse_domain(one.name);
        ASSERT_TRUE(domain) << domain.error().text();
        EXPECT_EQ(*domain, one.name);
    }
    for (const char* name :
         {"supportxmr.com", "hashvault.pro", "auto.nicehash.com", "donate.v2.xmrig.com"})
        EXPECT_TRUE(names.count(name)) << name;
    for (const char* name : {"nicehash.com", "xmrig.com", "binance.com", "coinbase.com"})
        EXPECT_FALSE(names.count(name)) << name;
    EXPECT_TRUE(default_policy().pool_alpn.empty());
    EXPECT_TRUE(default_policy().pool_lists.empty());
}

// An exemption for an interpreter would be one for every script of the host. /sbin/init is a link
// to busybox on Alpine.
TEST(Defaults, NoExemptionIsAnInterpreter)
{
    Policy policy = default_policy();
    std::set<std::string> names = {"init"};
    for (const Interpreter& one : policy.interpreters)
        names.insert(one.name);
    for (const auto* paths : {&policy.package_managers, &policy.fileless_allowed,
                              &policy.never_kill, &policy.installers, &policy.remote_admin}) {
        std::set<std::string> seen;
        for (const std::string& path : *paths) {
            EXPECT_TRUE(seen.insert(path).second) << path << " twice";
            EXPECT_TRUE(path.starts_with("/")) << path;
            EXPECT_FALSE(names.count(path.substr(path.rfind('/') + 1))) << path;
        }
    }
    auto has = [](const std::vector<std::string>& paths, const char* path) {
        return std::find(paths.begin(), paths.end(), path) != paths.end();
    };
    EXPECT_TRUE(has(policy.package_managers, "/usr/bin/dpkg"));
    EXPECT_TRUE(has(policy.never_kill, "/usr/sbin/sshd"));
    EXPECT_TRUE(has(policy.never_kill, "/usr/lib/systemd/systemd"));
}

} // namespace
} // namespace davylamp
