// SPDX-License-Identifier: Apache-2.0
// The lists of the policy without a file, for those that are not empty.
//
// No pool address is built in: pools move, share addresses with their websites and with other
// customers of a host, and a list that ships with a program is wrong within weeks. A wrong address
// refuses, so each must be somebody's decision. Names move less, and a pool's name has no use but
// its website beside it. No protocol name of TLS is built in: no miner is known to offer one.
#pragma once

#include "policy/policy.h"

namespace davylamp::built_in {

std::vector<Interpreter> interpreters();
std::vector<std::string> package_managers();
std::vector<std::string> installers();
std::vector<std::string> remote_admin();
std::vector<std::string> fileless_allowed();
std::vector<Port> pool_ports();
std::vector<PoolName> pool_names();
std::vector<std::string> never_kill();

} // namespace davylamp::built_in
