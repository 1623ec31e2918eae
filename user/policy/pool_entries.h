// SPDX-License-Identifier: Apache-2.0
// What detections.stratum of a policy file lists beside addresses and ports.
#pragma once

#include "policy/policy.h"
#include "policy/policy_key.h"

namespace davylamp::kind {

ItemKind<PoolName> domain();           // and all below it
ItemKind<std::string> protocol_name(); // in a TLS hello (ALPN, RFC 7301)
ItemKind<PoolList> list_file();

} // namespace davylamp::kind
