// SPDX-License-Identifier: Apache-2.0
#include "policy/domain.h"

#include <algorithm>

#include "davylamp/abi/records.h"
#include "policy/error_words.h"
#include "policy/policy.h"

namespace davylamp {

namespace {

constexpr std::size_t kLabelMax = 63;
constexpr std::size_t kDomainMax = DAVY_HOST_NAME_MAX - 3; // RFC 1035 2.3.4, without the last dot
constexpr std::string_view kMend = "give one such as \"pool.example\"; letters beyond ASCII as "
                                   "xn--...";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "1.2.3" and "300.1.1.1" are addresses that somebody mistyped (RFC 1123 section 2.1).
bool ends_in_number(std::string_view text)
{
    std::string_view last = text.substr(text.rfind('.') + 1);
    return std::all_of(last.begin(), last.end(), is_digit);
}

} // namespace

std::string lower_case(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
}

bool is_labels(std::string_view text)
{
    for (;;) {
        std::size_t dot = std::min(text.find('.'), text.size());
        std::string_view label = text.substr(0, dot);
        bool fine = std::all_of(label.begin(), label.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
        });
        if (label.empty() || label.size() > kLabelMax || !fine)
            return false;
        if (dot == text.size())
            return true;
        text.remove_prefix(dot + 1);
    }
}

Result<std::string> parse_domain(std::string_view text)
{
    std::string name = lower_case(text);
    auto wrong = [&](std::string what, std::string mend) {
        return fail({}, in_quotes(text) + " " + std::move(what), std::move(mend));
    };
    if (text.empty())
        return fail({}, "an empty name", std::string(kMend));
    if (name.find("://") != name.npos)
        return wrong("is a URL", "give the host's name alone");
    if (name.starts_with("*.") && is_labels(name.substr(2)))
        return wrong("is a pattern", "write \"" + name.substr(2) +
                                         "\", which stands for it and for every host below it");
    if (name.starts_with('.') && is_labels(name.substr(1)))
        return wrong("begins with a dot",
                     "write \"" + name.substr(1) +
                         "\", which stands for it and for every host below it");
    if (name.ends_with('.') && name.size() > 1)
        return wrong("ends in a dot", "leave it out");
    if ((ends_in_number(name) || name.find(':') != name.npos) && parse_prefix(name))
        return wrong("is an address", "give it under \"addresses\"");
    if (name.find(':') != name.npos)
        return wrong("has a port", "give the name alone: a listed name counts on every port");
    if (name.size() > kDomainMax)
        return wrong("is too long for a name",
                     "give at most " + std::to_string(kDomainMax) + " bytes");
    if (!is_labels(name))
        return wrong("is no host name", std::string(kMend));
    if (ends_in_number(name))
        return wrong("is neither a name nor an address", std::string(kMend));
    if (name.find('.') == name.npos)
        return wrong("is a whole top-level domain", "give a name with a dot in it");
    return name;
}

bool is_or_below(std::string_view name, std::string_view domain)
{
    if (domain.empty() || !name.ends_with(domain))
        return false;
    return name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.';
}

} // namespace davylamp
