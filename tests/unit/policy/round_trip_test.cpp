// SPDX-License-Identifier: Apache-2.0
// policy_json() shows the effective policy, and the file it makes is that policy.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "policy/policy.h"

namespace davylamp {
namespace {

Prefix noted_prefix(const char* text, const char* note = "")
{
    Prefix out = *parse_prefix(text);
    out.note = note;
    return out;
}

std::vector<Policy> policies()
{
    Policy defaults = default_policy();

    Policy bare; // nothing at all, no family either
    bare.source = "bare";
    bare.chain = bare.image = bare.stratum = Mode::off;

    Policy full = default_policy();
    full.source = "full";
    full.chain = Mode::kill;
    full.image = Mode::block;
    full.pool_ports_refuse = true;
    full.interpreters = {{"sh", DAVY_FAMILY_SHELL},
                         {"mysh", DAVY_FAMILY_SHELL},
                         {"py", DAVY_FAMILY_PYTHON},
                         {"box", DAVY_FAMILY_MULTICALL}};
    AllowRule anywhere, plain, narrow, dated;
    anywhere.to = {noted_prefix("0.0.0.0/0"), noted_prefix("::/0")};
    anywhere.reason = "anywhere";
    plain.to = {noted_prefix("::1")};
    narrow.names = {"get.example.org", ".example.com"};
    narrow.users = {{"deploy", {}}, {{}, 33}};
    narrow.cgroups = {"/system.slice/ci.service"};
    narrow.parents = {"/usr/bin/agent"};
    narrow.interpreters = {"bash", "/opt/x/sh"};
    narrow.owner = "team-ci";
    narrow.reason = "installs its own tools";
    dated = narrow;
    dated.expires = "2026-12-31";
    dated.expires_s = 1798761600;
    full.allow = {anywhere, plain, narrow, dated};
    full.chain_window_s = 86400;
    full.installers = {"/usr/bin/git", "/opt/fetch"};
    full.remote_admin = {"/usr/sbin/sshd"};
    full.resolvers = {noted_prefix("127.0.0.53"), noted_prefix("2001:db8::53")};
    full.pool_addresses = {
        noted_prefix("198.51.100.7"), noted_prefix("::ffff:192.0.2.0/120", "mapped"),
        noted_prefix("2001:db8::/32"), noted_prefix("::192.0.2.1", "not mapped")};
    full.pool_ports = {{1, ""}, {65535, "the last"}};
    full.pool_names = {{"pool.example", ""}, {"a-b_c.example.org", "seen in March"}};
    full.pool_alpn = {"stratum", std::string("\0x", 2)};
    full.pool_lists = {{"/etc/davylamp/pools.txt", ""}, {"/opt/a b/list", "ours"}};
    full.evidence = {"/var/lib/davylamp/evidence", 4096, 1048576, 10};
    full.image_sweep_s = 0;
    full.fileless_allowed = {"/opt/a b", "/opt/x"};
    full.image_deny = {"/opt/miner", "/usr/bin/xmrig"};

    Policy odd = default_policy(); // text that needs care on its way through JSON
    odd.source = "odd";
    odd.pool_ports = {{3333, "a \"quoted\" \\ note\nof two lines, caf\xc3\xa9 \xf0\x9f\x94\xa5"},
                      {3334, std::string("NUL \0 inside", 12)}};
    odd.never_kill = {"/opt/a b", "/opt/\xe2\x82\xac", "/opt/line\nfeed", "/opt/# no comment"};
    odd.package_managers = std::vector<std::string>(1, "/" + std::string(4094, 'p'));

    return {defaults, bare, full, odd};
}

TEST(RoundTrip, WhatIsShownReadsBackToTheSamePolicy)
{
    for (const Policy& policy : policies()) {
        std::string text = policy_json(policy);
        Result<Policy> again = parse_policy(text, policy.source);
        ASSERT_TRUE(again) << again.error().text() << "\n" << text;
        EXPECT_EQ(*again, policy) << text;
        EXPECT_EQ(policy_json(*again), text);
    }
}

TEST(RoundTrip, IsPlainJsonWithEveryKey)
{
    for (const Policy& policy : policies()) {
        nlohmann::json root = nlohmann::json::parse(policy_json(policy), nullptr, false);
        ASSERT_FALSE(root.is_discarded());
        EXPECT_EQ(root.size(), 3u);
        EXPECT_EQ(root["evidence"].size(), 4u);
        EXPECT_EQ(root["detections"].size(), 3u);
        EXPECT_EQ(root["detections"]["chain"].size(), 7u);
        EXPECT_EQ(root["detections"]["chain"]["interpreters"].size(), DAVY_FAMILY_COUNT - 1u);
        EXPECT_EQ(root["detections"]["image"].size(), 5u);
        EXPECT_EQ(root["detections"]["stratum"].size(), 7u);
    }
}

TEST(RoundTrip, IsLaidOutForReading)
{
    Policy policy;
    policy.chain = Mode::block;
    policy.interpreters = {{"sh", DAVY_FAMILY_SHELL}, {"bash", DAVY_FAMILY_SHELL}};
    policy.allow.resize(3);
    policy.allow[0].to = {noted_prefix("203.0.113.0/24")};
    policy.allow[0].reason = "bootstrap";
    policy.allow[1].to = {noted_prefix("192.0.2.1")};
    policy.allow[2].users = {{"deploy", {}}, {{}, 33}};
    policy.allow[2].owner = "team-ci";
    policy.allow[2].reason = "installs";
    policy.installers = {"/usr/bin/git"};
    policy.remote_admin = {};
    policy.pool_ports = {{3333, ""}, {4444, ""}};
    policy.pool_names = {{"pool.example", ""}, {"mine.example.org", "ours"}};
    policy.pool_lists = {{"/etc/davylamp/pools.txt", ""}};
    policy.never_kill = {"/usr/local/libexec/a/daemon/with/a/long/path",
                         "/usr/local/libexec/another/daemon/with/a/long/path"};
    EXPECT_EQ(policy_json(policy), R"({
  "detections": {
    "chain": {
      "mode": "block",
      "interpreters": {
        "shell": ["sh", "bash"],
        "python": [],
        "perl": [],
        "ruby": [],
        "node": [],
        "php": [],
        "lua": [],
        "multicall": [],
        "loader": [],
        "awk": [],
        "tcl": [],
        "make": [],
        "java": [],
        "input": [],
        "other": []
      },
      "allow": [
        { "to": "203.0.113.0/24", "reason": "bootstrap" },
        "192.0.2.1",
        { "user": ["deploy", 33], "owner": "team-ci", "reason": "installs" }
      ],
      "resolvers": [],
      "window_s": 600,
      "installers": ["/usr/bin/git"],
      "remote_admin": []
    },
    "image": {
      "mode": "monitor",
      "package_managers": [],
      "fileless_allowed": [],
      "deny": [],
      "sweep_s": 5
    },
    "stratum": {
      "mode": "monitor",
      "addresses": [],
      "ports": [3333, 4444],
      "ports_refuse": false,
      "names": [
        "pool.example",
        { "name": "mine.example.org", "note": "ours" }
      ],
      "alpn": [],
      "lists": ["/etc/davylamp/pools.txt"]
    }
  },
  "never_kill": [
    "/usr/local/libexec/a/daemon/with/a/long/path",
    "/usr/local/libexec/another/daemon/with/a/long/path"
  ],
  "evidence": {
    "folder": "",
    "max_image_mb": 64,
    "max_total_mb": 1024,
    "timeout_ms": 2000
  }
})");
}

// A policy made in code may hold bytes that are no UTF-8: shown with a replacement, never thrown.
TEST(RoundTrip, BytesThatAreNoUtf8AreReplaced)
{
    Policy policy;
    policy.never_kill = {"/opt/\xff"};
    EXPECT_NE(policy_json(policy).find("/opt/\xef\xbf\xbd"), std::string::npos);
}

} // namespace
} // namespace davylamp
