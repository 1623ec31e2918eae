// SPDX-License-Identifier: Apache-2.0
// The phrases that messages are made of. What comes from outside stays raw; reports escape it.
#pragma once

#include <string>
#include <string_view>

#include "engine/alert.h"

namespace davylamp {

// "curl (812)"; "process 812" where no name is known; "an unknown process" for nobody.
std::string label(const ProcessInfo& process);
// "198.51.100.9:80", "[2001:db8::1]:80"; "the network" where the record has no flow.
std::string remote_text(const davy_flow& flow);
// "connect", "exec", "code", "removal", "packet", "process"; "operation" where it is unknown.
std::string_view operation_name(Operation operation);
// What was done, or would have been: alert.action.
std::string action_text(const Alert& alert);

} // namespace davylamp
