// SPDX-License-Identifier: Apache-2.0
// Addresses and networks as text. inet_pton() reads them: it takes no octal, no hexadecimal and no
// shortened IPv4 ("10.1"), which inet_aton() would, and which mean different hosts to different
// programs.
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "policy/error_words.h"
#include "policy/policy.h"

namespace davylamp {

namespace {

constexpr std::uint32_t kMappedBits = 96; // ::ffff:0:0/96 (RFC 4291 section 2.5.5.2)
constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool digits(std::string_view text)
{
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool mapped(const Prefix& prefix)
{
    return prefix.bits >= kMappedBits &&
           std::equal(kMapped.begin(), kMapped.end(), prefix.address.begin());
}

// The address alone; nullopt where it is none. is_ipv4: written in dots and nothing else.
std::optional<Prefix> parse_address(std::string_view text, bool* is_ipv4)
{
    char buffer[INET6_ADDRSTRLEN];
    if (text.size() >= sizeof buffer || text.find('\0') != text.npos)
        return std::nullopt;
    text.copy(buffer, text.size());
    buffer[text.size()] = '\0';

    Prefix prefix;
    *is_ipv4 = false;
    if (inet_pton(AF_INET6, buffer, prefix.address.data()) == 1)
        return prefix;
    if (inet_pton(AF_INET, buffer, prefix.address.data() + kMapped.size()) != 1)
        return std::nullopt;
    std::copy(kMapped.begin(), kMapped.end(), prefix.address.begin());
    *is_ipv4 = true;
    return prefix;
}

// What a wrong address was probably meant to be.
std::string address_mend(std::string_view text)
{
    bool ignored;
    std::size_t dots = static_cast<std::size_t>(std::count(text.begin(), text.end(), '.'));
    std::size_t colons = static_cast<std::size_t>(std::count(text.begin(), text.end(), ':'));
    bool dotted = text.find_first_not_of("0123456789.") == text.npos;

    if (text.empty())
        return "give an IPv4 or IPv6 address, or a network such as 192.0.2.0/24";
    if (text.find_first_of(" \t\r\n") != text.npos)
        return "write it without spaces";
    if (text.front() == '[')
        return "write it without brackets and without a port";
    if (text.find('%') != text.npos)
        return "a zone names an interface of this host; leave it out";
    if (colons == 1 && parse_address(text.substr(0, text.find(':')), &ignored))
        return "give the address without a port";
    if (dotted && dots == 3) {
        std::string_view rest = text;
        while (true) {
            std::string_view part = rest.substr(0, rest.find('.'));
            if (part.size() > 1 && part.front() == '0')
                return "leading zeros mean octal to some programs; leave them out";
            if (part.size() == rest.size())
                break;
            rest.remove_prefix(part.size() + 1);
        }
        return "each of the four numbers is 0..255";
    }
    if (dotted)
        return "an IPv4 address is four numbers, 0..255, with dots between";
    if (colons == 0)
        return "a name is not looked up here; give its address";
    return "give an IPv4 or IPv6 address, or a network such as 192.0.2.0/24";
}

} // namespace

Result<Prefix> parse_prefix(std::string_view text)
{
    std::size_t slash = text.find('/');
    std::string_view host = text.substr(0, slash);
    bool is_ipv4 = false;
    std::optional<Prefix> prefix = parse_address(host, &is_ipv4);

    if (!prefix)
        return fail({}, in_quotes(text) + " is no address", address_mend(host));
    if (slash == text.npos)
        return *prefix;

    std::string_view length = text.substr(slash + 1);
    std::uint32_t most = is_ipv4 ? 32 : 128;
    std::uint32_t bits = most + 1;
    if (digits(length) && length.size() <= 3 && (length.size() == 1 || length.front() != '0')) {
        bits = 0;
        for (char c : length)
            bits = bits * 10 + static_cast<std::uint32_t>(c - '0');
    }
    if (bits > most) {
        std::string kind = is_ipv4 ? "IPv4" : "IPv6";
        return fail({}, in_quotes(text) + " has no " + kind + " prefix length",
                    "give /0../" + std::to_string(most));
    }

    prefix->bits = is_ipv4 ? bits + kMappedBits : bits;
    Prefix network = *prefix;
    for (std::uint32_t bit = network.bits; bit < 128; bit++)
        network.address[bit / 8] &= static_cast<std::uint8_t>(~(0x80u >> (bit % 8)));
    if (network.address != prefix->address)
        return fail({}, in_quotes(text) + " has host bits set",
                    "the network is " + prefix_text(network) + ", the address alone is " +
                        std::string(host));
    return *prefix;
}

std::string prefix_text(const Prefix& prefix)
{
    char buffer[INET6_ADDRSTRLEN] = "";
    bool ipv4 = mapped(prefix);

    if (ipv4)
        inet_ntop(AF_INET, prefix.address.data() + kMapped.size(), buffer, sizeof buffer);
    else
        inet_ntop(AF_INET6, prefix.address.data(), buffer, sizeof buffer);
    if (prefix.bits == 128)
        return buffer;
    return buffer + ("/" + std::to_string(ipv4 ? prefix.bits - kMappedBits : prefix.bits));
}

} // namespace davylamp
