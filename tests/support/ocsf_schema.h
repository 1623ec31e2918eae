// SPDX-License-Identifier: Apache-2.0
// The part of OCSF 1.8.0 that our alerts use, as facts: an object's keys and their types, which it
// must have, the values of enumerations, and which keys need a profile.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace davylamp::test {

// What is wrong with a Detection Finding, a line each ("evidences[0].process.pid: no integer");
// empty if nothing is.
std::vector<std::string> ocsf_problems(const nlohmann::json& event);

} // namespace davylamp::test
