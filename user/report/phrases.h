// SPDX-License-Identifier: Apache-2.0
// The phrases that messages, actions and facts are made of. What comes from outside stays raw.
#pragma once

#include <string>
#include <string_view>

#include "engine/alert.h"

namespace davylamp {

// "curl (812)"; "process 812" where no name is known; "an unknown process" for nobody.
std::string label(const ProcessInfo& process);
// nullptr: no process of the alert.
const AlertParty* party_of(const Alert& alert, const davy_process_id& id);
// The label of a process by its id: "process 812" where the alert has no such process.
std::string label(const Alert& alert, const davy_process_id& id);
// "198.51.100.9:80", "[2001:db8::1]:80"; "the network" where the record has no flow.
std::string remote_text(const davy_flow& flow);
// "interpreter", "victim" …
std::string_view role_name(Role role);
// "connect", "exec", "code", "removal", "packet", "process"; "operation" where it is unknown.
std::string_view operation_name(Operation operation);

} // namespace davylamp
