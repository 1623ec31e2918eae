// SPDX-License-Identifier: Apache-2.0
#include "engine/severity.h"

#include <gtest/gtest.h>

namespace davylamp {
namespace {

TEST(Severity, ServiceAccounts)
{
    struct {
        std::uint32_t uid;
        bool service;
    } rows[] = {{0, false},     {1, true},     {33, true},    {999, true},    {1000, false},
                {60000, false}, {61184, true}, {65519, true}, {65520, false}, {65534, true}};
    for (const auto& row : rows)
        EXPECT_EQ(is_service_account(row.uid), row.service) << row.uid;
}

TEST(Severity, WorldWritablePlaces)
{
    struct {
        const char* path;
        bool open;
    } rows[] = {{"/tmp/x", true},     {"/var/tmp/.x/y", true},
                {"/dev/shm/x", true}, {"/usr/bin/tmp/x", false},
                {"/tmpfoo/x", false}, {"./x", false},
                {"", false}};
    for (const auto& row : rows)
        EXPECT_EQ(is_world_writable_place(row.path), row.open) << row.path;
}

AlertParty below(const char* image_name)
{
    AlertParty party;
    party.ancestors.resize(2);
    party.ancestors[0].image_name = "dash";
    party.ancestors[1].image_name = image_name;
    party.ancestors[1].comm = "nginx"; // a name that anyone may take
    return party;
}

TEST(Severity, NetworkServicesAreKnownByTheirImage)
{
    EXPECT_EQ(network_service(below("php-fpm8.2")), "php-fpm8.2");
    EXPECT_EQ(network_service(below("java")), "java");
    EXPECT_EQ(network_service(below("javac")), "");
    EXPECT_EQ(network_service(below("sshd")), "");
}

ImageFinding of(void (*change)(ImageFinding&))
{
    ImageFinding image;
    change(image);
    return image;
}

TEST(Severity, ByRuleAndFacts)
{
    const ImageFinding connected = of([](ImageFinding&i) { i.connected = true; }),
                       open = of([](ImageFinding&i) { i.place = FilePlace::world_writable; }),
                       shared = of([](ImageFinding&i) { i.image.mode = 0100666; }),
                       memfd = of([](ImageFinding&i) { i.image.flags = DAVY_IMAGE_MEMFD; }),
                       related = of([](ImageFinding&i) { i.remover_in_lineage = true; }),
                       fed = of([](ImageFinding&i) { i.net_fed = true; }),
                       mines = of([](ImageFinding&i) { i.mines = true; }),
                       idles = of([](ImageFinding&i) { i.cpu_percent = 49; }),
                       burns = of([](ImageFinding&i) { i.cpu_percent = 50; }),
                       burns_open = of([](ImageFinding&i) {
                           i.cpu_percent = 50;
                           i.place = FilePlace::world_writable;
                       });
    struct {
        std::uint16_t rule;
        ImageFinding finding;
        int severity;
    } rows[] = {
        {DAVY_RULE_IMAGE_FILELESS, {}, 4},     {DAVY_RULE_IMAGE_FILELESS, connected, 5},
        {DAVY_RULE_IMAGE_REMOVED, {}, 3},      {DAVY_RULE_IMAGE_REMOVED, open, 4},
        {DAVY_RULE_IMAGE_REMOVED, related, 4}, {DAVY_RULE_IMAGE_TALKING, {}, 4},
        {DAVY_RULE_IMAGE_TALKING, open, 5},    {DAVY_RULE_IMAGE_TALKING, memfd, 5},
        {DAVY_RULE_IMAGE_FOUND, {}, 3},        {DAVY_RULE_IMAGE_FOUND, open, 4},
        {DAVY_RULE_IMAGE_STARTING, {}, 3},     {DAVY_RULE_IMAGE_STARTING, fed, 4},
        {DAVY_RULE_IMAGE_FILELESS, burns, 5},  {DAVY_RULE_IMAGE_TALKING, mines, 5},
        {DAVY_RULE_IMAGE_REMOVED, burns, 4},   {DAVY_RULE_IMAGE_REMOVED, burns_open, 5},
        {DAVY_RULE_IMAGE_FOUND, mines, 5},     {DAVY_RULE_IMAGE_FOUND, burns_open, 5},
        {DAVY_RULE_STRATUM_PAYLOAD, {}, 5},    {DAVY_RULE_STRATUM_POOL, {}, 4},
        {DAVY_RULE_IMAGE_DENIED, {}, 4},       {DAVY_RULE_IMAGE_DENIED, mines, 5},
        {DAVY_RULE_STRATUM_PORT, {}, 3},       {DAVY_RULE_STRATUM_NAME, {}, 4},
        {DAVY_RULE_STRATUM_QUESTION, {}, 2},   {DAVY_RULE_IMAGE_FOUND, shared, 4},
        {DAVY_RULE_IMAGE_FOUND, idles, 3},
    };
    for (const auto& row : rows) {
        Alert alert;
        alert.decision.rule = row.rule;
        alert.finding = row.finding;
        EXPECT_EQ(severity_of(alert), row.severity) << row.rule;
    }
}

TEST(Severity, AChainIsCriticalWhereAServiceRunsIt)
{
    Alert alert;
    alert.decision.rule = DAVY_RULE_CHAIN_PIPE;
    alert.parties.resize(1);
    alert.parties[0].process.ids_known = true;
    alert.parties[0].process.uid = 1000;
    EXPECT_EQ(severity_of(alert), 4);
    alert.parties[0].process.uid = 33;
    EXPECT_EQ(severity_of(alert), 5);
    alert.parties[0].process.ids_known = false; // 33 is no fact then
    EXPECT_EQ(severity_of(alert), 4);
    alert.parties[0] = below("nginx");
    EXPECT_EQ(severity_of(alert), 5);
}

} // namespace
} // namespace davylamp
