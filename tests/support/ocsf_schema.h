// SPDX-License-Identifier: Apache-2.0
// The part of OCSF 1.8.0 that our alerts use, reduced to facts: which keys an object may have, of
// which type, which it must have, which values an enumeration allows, which keys need a profile.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace davylamp::test {

// What is wrong with a Detection Finding, a line each ("evidences[0].process.pid: no integer");
// empty where nothing is.
std::vector<std::string> ocsf_problems(const nlohmann::json& event);

} // namespace davylamp::test
