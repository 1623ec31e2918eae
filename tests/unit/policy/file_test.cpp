// SPDX-License-Identifier: Apache-2.0
// What a policy file says, and what can go wrong in the file system.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "policy/policy.h"

namespace davylamp {
namespace {

// A policy as `text` gives it; fails the test where it gives none.
Policy parsed(const std::string& text)
{
    Result<Policy> policy = parse_policy(text, "p.json");
    if (!policy) {
        ADD_FAILURE() << policy.error().text();
        return {};
    }
    return *policy;
}

Policy defaults()
{
    Policy policy = default_policy();
    policy.source = "p.json";
    return policy;
}

TEST(File, AnEmptyObjectIsTheDefaults)
{
    for (const char* text : {"{}", "{\"detections\": {}}", " // nothing\n{/* at all */}\n",
                             "{\"detections\": {\"chain\": {}, \"image\": {}, \"stratum\": {}}}",
                             "{\"detections\": {\"chain\": {\"interpreters\": {}}}}"})
        EXPECT_EQ(parsed(text), defaults()) << text;
}

TEST(File, EveryKeyIsRead)
{
    Policy policy = parsed(R"({
        // The whole of it.
        "detections": {
            "chain": {
                "mode": "block",
                "interpreters": { "shell": ["sh", "bash"], "lua": [] },
                "allow": [ { "to": "203.0.113.0/24", "note": "our own bootstrap host" },
                           "2001:db8::5" ]
            },
            "image": {
                "mode": "off",
                "package_managers": ["/usr/bin/dpkg"],
                "fileless_allowed": ["/usr/bin/runner", "memfd:sealed/copy", "/opt/sealed"],
                "deny": ["/opt/miner", "/usr/bin/xmrig"]
            },
            "stratum": {
                "mode": "kill",
                "addresses": [ { "to": "198.51.100.7", "note": "seen in March" }, "192.0.2.0/24" ],
                "ports": [3333, { "port": 65535, "note": "ours" }, { "port": 1 }],
                "ports_refuse": true
            }
        },
        "never_kill": ["/usr/sbin/sshd"], /* and nobody else */
        "evidence": { "folder": "/var/lib/davylamp/evidence", "max_image_mb": 8 }
    })");
    EXPECT_EQ(policy.source, "p.json");
    EXPECT_EQ(policy.chain, Mode::block);
    EXPECT_EQ(policy.image, Mode::off);
    EXPECT_EQ(policy.stratum, Mode::kill);
    ASSERT_EQ(policy.allow.size(), 2u);
    EXPECT_EQ(prefix_text(policy.allow[0].to.at(0)), "203.0.113.0/24");
    EXPECT_EQ(policy.allow[0].reason, "our own bootstrap host");
    EXPECT_EQ(prefix_text(policy.allow[1].to.at(0)), "2001:db8::5");
    EXPECT_EQ(policy.allow[1].reason, "");
    EXPECT_EQ(policy.package_managers, (std::vector<std::string>{"/usr/bin/dpkg"}));
    EXPECT_EQ(policy.fileless_allowed,
              (std::vector<std::string>{"/usr/bin/runner", "/opt/sealed"}));
    EXPECT_EQ(policy.image_deny, (std::vector<std::string>{"/opt/miner", "/usr/bin/xmrig"}));
    ASSERT_EQ(policy.pool_addresses.size(), 2u);
    EXPECT_EQ(prefix_text(policy.pool_addresses[0]), "198.51.100.7");
    EXPECT_EQ(policy.pool_addresses[0].note, "seen in March");
    EXPECT_EQ(policy.pool_ports, (std::vector<Port>{{3333, ""}, {65535, "ours"}, {1, ""}}));
    EXPECT_TRUE(policy.pool_ports_refuse);
    EXPECT_EQ(policy.never_kill, (std::vector<std::string>{"/usr/sbin/sshd"}));
    EXPECT_EQ(policy.evidence, (EvidencePolicy{"/var/lib/davylamp/evidence", 8, 1024, 2000}));
}

TEST(File, AListReplacesAndAFamilyReplacesItself)
{
    Policy policy = parsed(R"({"detections": {"chain": {"interpreters": {
        "node": ["bun"], "shell": ["rc"], "lua": [] }}}})");
    std::vector<Interpreter> wanted = {{"rc", DAVY_FAMILY_SHELL}};
    for (const Interpreter& one : default_policy().interpreters) {
        if (one.family == DAVY_FAMILY_NODE && wanted.back().family != DAVY_FAMILY_NODE)
            wanted.push_back({"bun", DAVY_FAMILY_NODE});
        if (one.family != DAVY_FAMILY_SHELL && one.family != DAVY_FAMILY_NODE &&
            one.family != DAVY_FAMILY_LUA)
            wanted.push_back(one);
    }
    EXPECT_EQ(policy.interpreters, wanted);

    Policy rest = policy;
    rest.interpreters = default_policy().interpreters;
    EXPECT_EQ(rest, defaults()); // and nothing else moved
}

TEST(File, EmptyListsAreLists)
{
    Policy policy = parsed(R"({"detections": {
        "chain": {"allow": []}, "image": {"package_managers": [], "fileless_allowed": []},
        "stratum": {"addresses": [], "ports": []}}, "never_kill": []})");
    EXPECT_TRUE(policy.package_managers.empty());
    EXPECT_TRUE(policy.fileless_allowed.empty());
    EXPECT_TRUE(policy.pool_ports.empty());
    EXPECT_TRUE(policy.never_kill.empty());
}

class Load : public testing::Test {
protected:
    void SetUp() override
    {
        folder_ = testing::TempDir() + "davy-policy-XXXXXX";
        ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
        path_ = folder_ + "/policy.json";
    }
    void TearDown() override
    {
        ::unlink(path_.c_str());
        ::rmdir(folder_.c_str());
    }
    void write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }
    std::string error() const
    {
        Result<Policy> policy = load_policy(path_);
        return policy ? "no error" : policy.error().text();
    }

    std::string folder_, path_;
};

TEST_F(Load, ReadsTheFileAndRemembersIt)
{
    write("{\"detections\": {\"stratum\": {\"mode\": \"kill\"}}}\n");
    Result<Policy> policy = load_policy(path_);
    ASSERT_TRUE(policy) << policy.error().text();
    EXPECT_EQ(policy->source, path_);
    EXPECT_EQ(policy->stratum, Mode::kill);
    EXPECT_EQ(policy->chain, Mode::monitor);
}

TEST_F(Load, FaultsNameTheFileAsGiven)
{
    write("{\n\"never_kill\": [\"sshd\"]}");
    EXPECT_EQ(error(),
              path_ + ":2: never_kill[0]: \"sshd\" is no absolute path; begin with a slash");
    write("");
    EXPECT_EQ(error(), path_ + ":1: the file is empty; give at least {}");
}

TEST_F(Load, FilesThatCannotBeRead)
{
    EXPECT_EQ(error(), path_ + ": cannot open: No such file or directory");

    Result<Policy> policy = load_policy(folder_);
    ASSERT_FALSE(policy);
    EXPECT_EQ(policy.error().text(), folder_ + ": is a directory; give a file");

    ASSERT_EQ(::symlink("policy.json", path_.c_str()), 0);
    EXPECT_EQ(error(), path_ + ": cannot open: Too many levels of symbolic links");

    // Opens for everyone, and nobody has a page at address 0.
    policy = load_policy("/proc/self/mem");
    ASSERT_FALSE(policy);
    EXPECT_EQ(policy.error().text(), "/proc/self/mem: cannot read: Input/output error");
}

TEST_F(Load, SixteenMegabytesAndNoMore)
{
    const std::size_t limit = 16 << 20;
    write("{}" + std::string(limit - 2, ' '));
    EXPECT_EQ(error(), "no error");
    write("{}" + std::string(limit - 1, ' '));
    EXPECT_EQ(error(), path_ + ": is larger than 16 MiB; a policy is a page, not a database");

    Result<Policy> endless = load_policy("/dev/zero");
    ASSERT_FALSE(endless);
    EXPECT_EQ(endless.error().what, "is larger than 16 MiB");
}

// --policy <(generate): a pipe gives its bytes as they come and has no size.
TEST_F(Load, APipeIsAFileToo)
{
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const std::string text = "{\"never_kill\": []}";
    ASSERT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(ends[1]);
    Result<Policy> policy = load_policy("/dev/fd/" + std::to_string(ends[0]));
    ::close(ends[0]);
    ASSERT_TRUE(policy) << policy.error().text();
    EXPECT_TRUE(policy->never_kill.empty());
}

} // namespace
} // namespace davylamp
