// SPDX-License-Identifier: Apache-2.0
// The values of an allow rule's conditions, those that no other key has.
#pragma once

#include "policy/policy.h"
#include "policy/policy_key.h"

namespace davylamp {

std::string user_identity(const AllowUser& one); // which users are the same

namespace kind {

ItemKind<std::string> dns_name(); // ".example.org" is what lies below it
ItemKind<AllowUser> user();
ItemKind<std::string> cgroup();            // the path from the hierarchy's root
ItemKind<std::string> interpreter_image(); // a path, or a name of the interpreter list

} // namespace kind

} // namespace davylamp
