// SPDX-License-Identifier: Apache-2.0
#include "report/attack_table.h"

#include <algorithm>
#include <string>

#include "engine/rule_book.h"

namespace davylamp {

namespace {

constexpr AttackName kAccess = {"TA0001", "Initial Access"};
constexpr AttackName kExecution = {"TA0002", "Execution"};
constexpr AttackName kStealth = {"TA0005", "Stealth"};
constexpr AttackName kCommand = {"TA0011", "Command and Control"};
constexpr AttackName kImpact = {"TA0040", "Impact"};
constexpr AttackName kScript = {"T1059", "Command and Scripting Interpreter"};

constexpr AttackRow kPublicFacing = {kAccess, {"T1190", "Exploit Public-Facing Application"}};
constexpr AttackRow kToolTransfer = {kCommand, {"T1105", "Ingress Tool Transfer"}};
constexpr AttackRow kScripting = {kExecution, kScript};
constexpr AttackRow kUnixShell = {kExecution, kScript, {"T1059.004", "Unix Shell"}};
constexpr AttackRow kPython = {kExecution, kScript, {"T1059.006", "Python"}};
constexpr AttackRow kJavaScript = {kExecution, kScript, {"T1059.007", "JavaScript"}};
constexpr AttackRow kLua = {kExecution, kScript, {"T1059.011", "Lua"}};
constexpr AttackRow kMaliciousFile = {
    kExecution, {"T1204", "User Execution"}, {"T1204.002", "Malicious File"}};
constexpr AttackRow kReflective = {kStealth, {"T1620", "Reflective Code Loading"}};
constexpr AttackRow kFileDeletion = {
    kStealth, {"T1070", "Indicator Removal"}, {"T1070.004", "File Deletion"}};
constexpr AttackRow kMasquerade = {
    kStealth, {"T1036", "Masquerading"}, {"T1036.004", "Masquerade Task or Service"}};
constexpr AttackRow kHijacking = {
    kImpact, {"T1496", "Resource Hijacking"}, {"T1496.001", "Compute Hijacking"}};
constexpr AttackRow kOddPort = {kCommand, {"T1571", "Non-Standard Port"}};

const ChainFinding* chain_of(const Alert& alert)
{
    return std::get_if<ChainFinding>(&alert.finding);
}

const AttackRow* interpreter_row(const Alert& alert)
{
    const ChainFinding* chain = chain_of(alert);
    switch (chain ? chain->family : DAVY_FAMILY_NONE) {
    case DAVY_FAMILY_SHELL:
    case DAVY_FAMILY_MULTICALL: return &kUnixShell;
    case DAVY_FAMILY_PYTHON: return &kPython;
    case DAVY_FAMILY_NODE: return &kJavaScript;
    case DAVY_FAMILY_LUA: return &kLua;
    default: return &kScripting;
    }
}

bool is_memfd(const Alert& alert)
{
    const auto* image = std::get_if<ImageFinding>(&alert.finding);
    return image && image->is_memfd();
}

// "[kworker/0:1]": kernel threads alone are shown in brackets, and they run no image.
bool poses_as_kernel_thread(const AlertParty& party)
{
    auto bracketed = [](const std::string& name) {
        return name.size() > 2 && name.front() == '[' && name.find(']') != name.npos;
    };
    const ProcessInfo& process = party.process;
    return bracketed(process.comm) || bracketed(process.image_name) ||
           (!process.args.empty() && bracketed(process.args.front()));
}

// T1571 is a protocol on a port that belongs to another one. Stratum has no port of its own, so it
// is the ports of others that count: the system's (RFC 6335, 6) and the second web ports.
bool belongs_to_another(std::uint16_t port)
{
    return port != 0 && (port < 1024 || port == 8080 || port == 8443);
}

// A proxy's port is the proxy's, not one that a pool's protocol is spoken on.
bool is_odd_port(const Alert& alert)
{
    const auto* pool = std::get_if<PoolFinding>(&alert.finding);
    const bool proxy = pool && pool->match == DAVY_POOL_PROXY_ADDRESS;
    return !proxy && belongs_to_another(alert.flow.remote_port);
}

// nullptr: not in this alert.
const AttackRow* row_of(Attack attack, const Alert& alert)
{
    switch (attack) {
    case Attack::none: return nullptr;
    case Attack::tool_transfer: return &kToolTransfer;
    case Attack::interpreter: return interpreter_row(alert);
    case Attack::reflective_loading: return &kReflective;
    case Attack::malicious_file: return &kMaliciousFile;
    case Attack::missing_image: return is_memfd(alert) ? &kReflective : &kFileDeletion;
    case Attack::file_deletion: return &kFileDeletion;
    case Attack::resource_hijacking: return &kHijacking;
    case Attack::odd_port: return is_odd_port(alert) ? &kOddPort : nullptr;
    }
    return nullptr;
}

} // namespace

std::vector<const AttackRow*> attack_rows(const Alert& alert)
{
    std::vector<const AttackRow*> rows;
    if (const ChainFinding* chain = chain_of(alert); chain && !chain->service.empty())
        rows.push_back(&kPublicFacing);
    if (const RuleRow* rule = find_rule(alert.decision.rule)) {
        for (Attack attack : rule->attack) {
            if (const AttackRow* row = row_of(attack, alert))
                rows.push_back(row);
        }
    }
    if (std::any_of(alert.parties.begin(), alert.parties.end(), poses_as_kernel_thread))
        rows.push_back(&kMasquerade);
    return rows;
}

} // namespace davylamp
