// SPDX-License-Identifier: Apache-2.0
#include "stratum_site.h"

#include <cerrno>
#include <cstdio>

namespace davylamp::test {

std::string login_message()
{
    return R"({"id":1,"jsonrpc":"2.0","method":"login","params":{"login":")" + kWallet +
           R"(","pass":"x","agent":"XMRig/6.26.0","algo":["rx/0"]}})"
           "\n";
}

std::string subscribe_message()
{
    return R"({"id": 1, "method": "mining.subscribe", "params": ["cpuminer/2.5.1"]})"
           "\n";
}

std::string authorize_message()
{
    return R"({"id": 2, "method": "mining.authorize", "params": [")" + kWallet + R"(", "x"]})" +
           "\n";
}

std::string configure_message()
{
    return R"({"id": 0, "method": "mining.configure", "params": [["version-rolling"], )"
           R"({"version-rolling.mask": "ffffffff"}]})"
           "\n";
}

std::string eth_login_message()
{
    return R"({"worker": "eth1.0", "jsonrpc": "2.0", "params": )"
           R"(["0x00112233445566778899aabbccddeeff00112233/rig", "x"], "id": 2, )"
           R"("method": "eth_submitLogin"})"
           "\n";
}

ClientReport client_report(const std::string& file)
{
    ClientReport report;
    report.written = std::sscanf(slurp(file).c_str(), "connect=%d send=%d recv=%d ms=%ld",
                                 &report.connect, &report.send, &report.recv, &report.ms) == 4;
    return report;
}

std::string quoted(const std::vector<std::string>& words)
{
    std::string command;
    for (const std::string& word : words)
        command += "'" + replaced(word, "'", "'\\''") + "' ";
    return command;
}

std::vector<std::string> miner(const std::string& host, std::uint16_t port,
                               const std::string& result, const std::vector<std::string>& options)
{
    std::vector<std::string> argv{
        "/usr/bin/python3", "-BS", scripts() + "/miner.py", host, std::to_string(port),
        "--result",         result};
    argv.insert(argv.end(), options.begin(), options.end());
    return argv;
}

nlohmann::json miner_outcome(const std::string& result)
{
    std::string text = slurp(result);
    return text.empty() ? nlohmann::json() : nlohmann::json::parse(text);
}

bool was_aborted(const nlohmann::json& outcome, bool bytewise)
{
    return outcome["recv"] == ECONNABORTED || outcome["send"] == ECONNABORTED ||
           (bytewise && outcome["send"] == EPIPE);
}

std::vector<std::string> sharing(const std::vector<std::string>& words)
{
    std::vector<std::string> command{"/usr/bin/python3", "-BS", scripts() + "/sharing.py"};
    command.insert(command.end(), words.begin(), words.end());
    return command;
}

std::vector<Finding> findings_of(const GuardResult& result, std::uint16_t port)
{
    std::vector<Finding> found;
    for (const Finding& finding : result.findings) {
        for (const auto& evidence : finding.json["evidences"]) {
            if (evidence.contains("dst_endpoint") && evidence["dst_endpoint"]["port"] == port)
                found.push_back(finding);
        }
    }
    return found;
}

std::string fact(const Finding& finding, const std::string& name)
{
    for (const auto& evidence : finding.json["evidences"]) {
        if (evidence.contains("data") && evidence["data"].contains(name))
            return evidence["data"][name];
    }
    return {};
}

} // namespace davylamp::test
