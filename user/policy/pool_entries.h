// SPDX-License-Identifier: Apache-2.0
// What detections.stratum of a policy file lists beside addresses and ports.
#pragma once

#include "policy/policy.h"
#include "policy/walk.h"

namespace davylamp {

Result<> read_pool_names(const Walk& walk, const JsonPlace& at, std::vector<PoolName>& out);
// Names of protocols in a TLS hello (ALPN, RFC 7301).
Result<> read_alpn(const Walk& walk, const JsonPlace& at, std::vector<std::string>& out);
Result<> read_pool_lists(const Walk& walk, const JsonPlace& at, std::vector<PoolList>& out);

} // namespace davylamp
