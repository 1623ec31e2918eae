// SPDX-License-Identifier: Apache-2.0
#include "engine/rule_book.h"

#include <algorithm>

#include "engine/severity.h"
#include "wire/names.h"

namespace davylamp {

namespace {

constexpr RuleRow kBook[] = {
    {
        .number = DAVY_RULE_CHAIN_PIPE,
        .detection = DAVY_DETECTION_CHAIN,
        .title = "Downloaded script piped into an interpreter",
        .shell_title = "Downloaded script piped into a shell",
        .analytic = "download-and-execute",
        .operation = Operation::exec,
        .at_connect = Operation::connect,
        .severity = {.decide = chain_severity},
        .attack = {Attack::tool_transfer, Attack::interpreter},
        .explainers = {{{DAVY_EVENT_CHAIN, explain_chain}}},
        .seen = "an interpreter reads code from a pipe that the network feeds",
        .how_severe = "Critical where a service account runs it or a network service started it, "
                      "else High",
        .block = "refuses the connect; or kills the interpreter before its first instruction, "
                 "where the connect came first",
    },
    {
        .number = DAVY_RULE_CHAIN_SOCKET,
        .detection = DAVY_DETECTION_CHAIN,
        .title = "Interpreter fed by a network socket",
        .shell_title = "Shell fed by a network socket",
        .analytic = "socket-driven-interpreter",
        .operation = Operation::exec,
        .at_connect = Operation::connect,
        .severity = {.decide = chain_severity},
        .attack = {Attack::interpreter},
        .explainers = {{{DAVY_EVENT_CHAIN, explain_chain}}},
        .seen = "an interpreter's code is a network socket, or a unix socket whose other end a "
                "net-fed parent holds",
        .how_severe = "as CHAIN-001",
        .block = "as CHAIN-001",
    },
    {
        .number = DAVY_RULE_CHAIN_FILE,
        .detection = DAVY_DETECTION_CHAIN,
        .title = "Downloaded script runs in an interpreter",
        .shell_title = "Downloaded script runs in a shell",
        .second_title = "Downloaded program runs",
        .analytic = "download-then-run",
        .operation = Operation::code,
        .severity = {.decide = download_severity},
        .attack = {Attack::tool_transfer, Attack::interpreter},
        .explainers = {{{DAVY_EVENT_CHAIN, explain_chain}}},
        .seen = "a file that a net-fed process wrote, or one made of it, runs: as an image, as an "
                "interpreter's script, sourced, on stdin",
        .how_severe = "High where it lies in a world-writable place, else Medium; one more where a "
                      "service account runs it or a network service started it",
        .block = "kills what would run it, before its first instruction or line",
    },
    {
        .number = DAVY_RULE_CHAIN_TEXT,
        .detection = DAVY_DETECTION_CHAIN,
        .title = "Downloaded text runs as code in an interpreter",
        .shell_title = "Downloaded text runs as code in a shell",
        .analytic = "download-evaluated",
        .operation = Operation::code,
        .severity = {.decide = chain_severity},
        .attack = {Attack::tool_transfer, Attack::interpreter},
        .explainers = {{{DAVY_EVENT_CHAIN, explain_chain}}},
        .seen = "text that came out of a net-fed pipe runs as code: after -c or -e, by bash's "
                "eval, in a here string, as the command line of a program that a shell starts",
        .how_severe = "as CHAIN-001",
        .block = "kills the interpreter before it runs any of it; where only a line of the text "
                 "gave it away, the program and the shell that evaluates",
    },
    {
        .number = DAVY_RULE_CHAIN_ONE_LINER,
        .detection = DAVY_DETECTION_CHAIN,
        .title = "One-liner runs what it downloaded in an interpreter",
        .shell_title = "One-liner runs what it downloaded in a shell",
        .analytic = "one-liner-runs-download",
        .operation = Operation::code,
        .severity = {.decide = chain_severity},
        .attack = {Attack::tool_transfer, Attack::interpreter},
        .explainers = {{{DAVY_EVENT_CHAIN, explain_chain}}},
        .seen = "a one-liner (-c, -e, standard input) that fetched something hands a shell code "
                "that it did not bring along",
        .how_severe = "as CHAIN-001",
        .block = "kills the shell before its first instruction",
    },
    {
        .number = DAVY_RULE_IMAGE_FILELESS,
        .detection = DAVY_DETECTION_IMAGE,
        .title = "Program started that has no file",
        .analytic = "fileless-exec",
        .operation = Operation::exec,
        .severity = {.decide = fileless_severity},
        .attack = {Attack::reflective_loading},
        .explainers = {{{DAVY_EVENT_IMAGE, explain_fileless}}},
        .seen = "what starts has no link: an image (memfd, O_TMPFILE, unlinked), the program that "
                "a loader is given, the script that an interpreter reads through a descriptor",
        .how_severe = "Critical where the process or its parent connected out before, is net-fed, "
                      "is busy or was seen mining; else High",
        .block = "refuses the exec (LSM, fmod_ret), or kills before the first instruction "
                 "(portable; what a loader or an interpreter is given, always)",
    },
    {
        .number = DAVY_RULE_IMAGE_REMOVED,
        .detection = DAVY_DETECTION_IMAGE,
        .title = "Executable removed while it runs",
        .analytic = "running-executable-removed",
        .operation = Operation::removal,
        .severity = {.decide = missing_image_severity},
        .attack = {Attack::file_deletion},
        .explainers = {{{DAVY_EVENT_IMAGE, explain_removed}}},
        .seen = "the last link of a running image goes away, or of a program that a loader runs",
        .how_severe = "see below",
        .block = "refuses the removal (LSM, fmod_ret) and lets the process live, or kills the "
                 "process that runs it, after the fact (portable)",
    },
    {
        .number = DAVY_RULE_IMAGE_TALKING,
        .detection = DAVY_DETECTION_IMAGE,
        .title = "Process without its executable connects out",
        .analytic = "deleted-executable-connects",
        .operation = Operation::connect,
        .severity = {.decide = talking_severity},
        .attack = {Attack::missing_image},
        .explainers = {{{DAVY_EVENT_IMAGE, explain_talking}}},
        .seen = "a process without its executable connects out",
        .how_severe = "Critical where the image lay in a world-writable place, has mode o+w or is "
                      "a memfd, and where the process is net-fed, is busy or was seen mining; else "
                      "High",
        .block = "refuses the connect",
    },
    {
        .number = DAVY_RULE_IMAGE_FOUND,
        .detection = DAVY_DETECTION_IMAGE,
        .title = "Process without its executable found running",
        .analytic = "deleted-executable-found",
        .operation = Operation::process,
        .reported_only = "what ran before us, or lost its image to another, is never touched",
        .severity = {.decide = missing_image_severity},
        .attack = {Attack::missing_image},
        .explainers = {{{DAVY_EVENT_PROCESS, explain_found}}},
        .seen = "a sweep met a process without its executable",
        .how_severe = "see below",
        .block = "nothing where it was gone when the sensor started; else kills it",
    },
    {
        .number = DAVY_RULE_IMAGE_STARTING,
        .detection = DAVY_DETECTION_IMAGE,
        .title = "Process without its executable starts a program",
        .analytic = "deleted-executable-starts",
        .operation = Operation::exec,
        .severity = {.decide = missing_image_severity},
        .attack = {Attack::missing_image},
        .explainers = {{{DAVY_EVENT_IMAGE, explain_starting}}},
        .seen = "a process without its executable starts a program; once for an image where "
                "nothing is taken",
        .how_severe = "see below",
        .block = "kills the process that calls execve, before the program starts",
    },
    {
        .number = DAVY_RULE_IMAGE_DENIED,
        .detection = DAVY_DETECTION_IMAGE,
        .title = "Program started that policy denies",
        .analytic = "denied-exec",
        .operation = Operation::exec,
        .severity = {.decide = denied_severity},
        .attack = {Attack::malicious_file},
        .explainers = {{{DAVY_EVENT_IMAGE, explain_denied}}},
        .seen = "the exec of a file that policy denies (`detections.image.deny`)",
        .how_severe = "High; Critical where the process was seen mining",
        .block = "as EXE-001",
    },
    {
        .number = DAVY_RULE_STRATUM_PAYLOAD,
        .detection = DAVY_DETECTION_STRATUM,
        .title = "Mining protocol on a connection",
        .second_title = "Connection to a server that spoke Stratum",
        .analytic = "stratum-payload",
        .operation = Operation::packet,
        .at_connect = Operation::connect,
        .reported_only = "a match in mid-stream, or in what a server says, takes nothing",
        .severity = {.decide = stratum_severity},
        .attack = {Attack::resource_hijacking, Attack::odd_port},
        .malware = true,
        .explainers = {{{DAVY_EVENT_STRATUM, explain_stratum}, {DAVY_EVENT_POOL, explain_pool}}},
        .seen = "the Stratum protocol on a connection; or a connect to an address and port that "
                "spoke it before",
        .how_severe = "Critical; Medium where a server alone speaks it",
        .block = "drops the packet, and refuses the connect; a match in mid-stream, or in what a "
                 "server says, is reported and takes nothing",
    },
    {
        .number = DAVY_RULE_STRATUM_POOL,
        .detection = DAVY_DETECTION_STRATUM,
        .title = "Connection to a listed mining pool",
        .analytic = "pool-address",
        .operation = Operation::packet,
        .at_connect = Operation::connect,
        .severity = {.plain = kSeverityHigh},
        .attack = {Attack::resource_hijacking, Attack::odd_port},
        .malware = true,
        .explainers = {{{DAVY_EVENT_POOL, explain_pool}}},
        .seen = "a connect to an address that policy lists, or a proxy asked for one",
        .how_severe = "High",
        .block = "refuses the connect; drops the packet",
    },
    {
        .number = DAVY_RULE_STRATUM_PORT,
        .detection = DAVY_DETECTION_STRATUM,
        .title = "Connection to a port of mining pools",
        .analytic = "pool-port",
        .operation = Operation::connect,
        .severity = {.plain = kSeverityMedium},
        .attack = {Attack::resource_hijacking},
        .malware = true,
        .explainers = {{{DAVY_EVENT_POOL, explain_pool}}},
        .seen = "a connect to a port that policy lists; silent unless policy lets a bare port "
                "convict",
        .how_severe = "Medium",
        .block = "refuses the connect",
    },
    {
        .number = DAVY_RULE_STRATUM_NAME,
        .detection = DAVY_DETECTION_STRATUM,
        .title = "Connection to a listed mining pool's name",
        .analytic = "pool-name",
        .operation = Operation::packet,
        .at_connect = Operation::connect,
        .severity = {.plain = kSeverityHigh},
        .attack = {Attack::resource_hijacking},
        .malware = true,
        .explainers = {{{DAVY_EVENT_POOL, explain_pool}}},
        .seen = "a name or protocol that policy lists: DNS gave the address for it, a TLS hello or "
                "a proxy is asked for it",
        .how_severe = "High",
        .block = "refuses the connect; drops the packet",
    },
    {
        // Who asks for a name may be anybody's resolver: that is no malware yet.
        .number = DAVY_RULE_STRATUM_QUESTION,
        .detection = DAVY_DETECTION_STRATUM,
        .title = "Question for a listed mining pool's name",
        .analytic = "pool-question",
        .operation = Operation::packet,
        .reported_only = "a question takes nothing",
        .severity = {.plain = kSeverityLow},
        .attack = {Attack::resource_hijacking},
        .explainers = {{{DAVY_EVENT_POOL, explain_pool}}},
        .seen = "a DNS question for a name that policy lists",
        .how_severe = "Low",
        .block = "nothing: a resolver and a monitor ask as well",
    },
};

// A rule that is added to DAVY_RULES fails here until it has its row, in its place.
#define DAVY_RULE_NUMBER(constant, number, code) constant,
constexpr std::uint16_t kRulesOfTheAbi[] = {DAVY_RULES(DAVY_RULE_NUMBER)};
#undef DAVY_RULE_NUMBER
static_assert(std::ranges::equal(kRulesOfTheAbi, kBook, {}, {}, &RuleRow::number),
              "every rule of include/davylamp/abi/numbers.h needs one row in the rule book, in the "
              "same order");

} // namespace

std::string_view RuleRow::code() const { return rule_code(number); }

Operation RuleRow::asked(bool hook_at_connect) const
{
    return hook_at_connect && at_connect != Operation::unknown ? at_connect : operation;
}

Explainer RuleRow::explainer(std::uint16_t kind) const
{
    for (const KindExplainer& one : explainers) {
        if (one.kind == kind && one.kind != 0)
            return one.explain;
    }
    return nullptr;
}

std::span<const RuleRow> rule_book() { return kBook; }

const RuleRow* find_rule(std::uint16_t number)
{
    for (const RuleRow& row : kBook) {
        if (row.number == number)
            return &row;
    }
    return nullptr;
}

const RuleRow* find_rule(std::string_view code)
{
    for (const RuleRow& row : kBook) {
        if (row.code() == code)
            return &row;
    }
    return nullptr;
}

} // namespace davylamp
