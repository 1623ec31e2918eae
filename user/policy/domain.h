// SPDX-License-Identifier: Apache-2.0
// Domains as the policy and its list files name them: "pool.example" stands for that host and for
// every host below it (rules/host_name.h).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace davylamp {

// ASCII letters alone (RFC 4343).
std::string lower_case(std::string_view text);

// Labels of a host name, lower case, joined by dots: each 1..63 of letters, digits, hyphens and
// underscores (RFC 1035 section 2.3.4, RFC 1123 section 2.1; the underscore is common).
bool is_labels(std::string_view text);

// A whole domain, put into lower case: at least two labels, for one alone is a top-level domain
// with all that lies below it. error.where is left empty.
Result<std::string> parse_domain(std::string_view text);

// Whether `name` is `domain`, or lies below it. Both in lower case.
bool is_or_below(std::string_view name, std::string_view domain);

} // namespace davylamp
