// SPDX-License-Identifier: Apache-2.0
// The phrases that messages are made of. What comes from outside stays raw; reports escape it.
#pragma once

#include <string>

#include "engine/alert.h"

namespace davylamp {

// "curl (812)"; "process 812" where no name is known; "an unknown process" for nobody.
std::string label(const ProcessInfo& process);
// "198.51.100.9:80", "[2001:db8::1]:80"; "the network" where the record has no flow.
std::string remote_text(const davy_flow& flow);
// What the hook was asked to let through: "connect", "exec", "code", "removal",
// "packet".
std::string operation(const Alert& alert, bool at_connect);
// What was done, or would have been: alert.action. Reads decision, verdict, parties and to_kill.
std::string action_text(const Alert& alert, const davy_process_id& current, bool at_connect);

} // namespace davylamp
