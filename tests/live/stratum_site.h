// SPDX-License-Identifier: Apache-2.0
// What the tests of the Stratum connection share: messages, clients, and what became of them.
#pragma once

#include <string>
#include <vector>

#include "guard.h"

namespace davylamp::test {

inline const std::string kWallet = "4" + std::string(94, 'A'); // a Monero address by its looks

// First messages as their clients send them, order of keys and blanks included.
std::string login_message();     // xmrig
std::string subscribe_message(); // cpuminer
std::string authorize_message();
std::string configure_message(); // cgminer
std::string eth_login_message(); // Claymore: the method comes last

// What live_stratum_client wrote of its connection.
struct ClientReport {
    int connect = -1, send = -1, recv = -1;
    long ms = -1;
    bool written = false;
};
ClientReport client_report(const std::string& file);

// Words of a shell command; single quotes around each.
std::string quoted(const std::vector<std::string>& words);

// miner.py with these options behind HOST PORT; its outcome goes to the file `result`.
std::vector<std::string> miner(const std::string& host, std::uint16_t port,
                               const std::string& result,
                               const std::vector<std::string>& options = {});
nlohmann::json miner_outcome(const std::string& result); // null where it wrote none
// Its connection was taken from it. Byte by byte, a later write may be the first to hear of it.
bool was_aborted(const nlohmann::json& outcome, bool bytewise = false);

// sharing.py with these words.
std::vector<std::string> sharing(const std::vector<std::string>& words);

// Each finding that is about a connection to this port.
std::vector<Finding> findings_of(const GuardResult& result, std::uint16_t port);
// A fact of an alert, as text; empty where it has none of that name.
std::string fact(const Finding& finding, const std::string& name);

} // namespace davylamp::test
