// SPDX-License-Identifier: Apache-2.0
#include "policy/pool_list.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/files.h"
#include "base/unique_fd.h"
#include "policy/domain.h"
#include "policy/error_words.h"
#include "policy/policy.h"

namespace davylamp {

namespace {

constexpr std::size_t kListMax = 32 << 20; // bytes; all the rows there are, with a note to each
constexpr std::string_view kBlank = " \t\r\f\v";
// A list comes from somewhere else, and one wrong line of it must not cut the host off. The policy
// file itself may list any network.
constexpr std::uint32_t kWidestIpv4 = 96 + 8, kWidestIpv6 = 16;

std::string_view next_word(std::string_view& line)
{
    line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
    std::string_view word = line.substr(0, line.find_first_of(kBlank));
    line.remove_prefix(word.size());
    return word;
}

// Digits and dots, or colons: what an address is made of, so that a name never costs the making of
// an address's error.
bool looks_like_address(std::string_view text)
{
    return text.find_first_not_of("0123456789./") == text.npos ||
           std::count(text.begin(), text.end(), ':') > 1;
}

bool is_port(std::string_view text)
{
    unsigned number = 0;
    if (text.empty() || text.size() > 5)
        return false;
    for (char c : text) {
        if (c < '0' || c > '9')
            return false;
        number = number * 10 + static_cast<unsigned>(c - '0');
    }
    return number >= 1 && number <= 65535;
}

// What a hosts file gives its names to, so that they lead nowhere.
bool is_sink(std::string_view word)
{
    return word == "0.0.0.0" || word == "127.0.0.1" || word == "::" || word == "::1";
}

// The names of the host itself, which every hosts file has.
bool is_own_name(std::string_view word)
{
    return word.find('.') == word.npos || word == "localhost.localdomain" || word == "0.0.0.0";
}

// Whether IPv4's place among the IPv6 addresses (::ffff:0:0/96) is in it, or it lies therein.
bool holds_ipv4(const Prefix& prefix)
{
    for (std::uint32_t bit = 0; bit < std::min(prefix.bits, 96u); bit++) {
        bool is_set = prefix.address[bit / 8] >> (7 - bit % 8) & 1;
        if (is_set != (bit >= 80))
            return false;
    }
    return true;
}

class ListReader {
public:
    ListReader(std::string_view text, const std::string& name) : rest_(text), name_(name) {}

    Result<PoolListEntries> read()
    {
        if (rest_.starts_with("\xef\xbb\xbf")) // a byte order mark
            rest_.remove_prefix(3);
        while (!rest_.empty()) {
            number_++;
            std::string_view line = rest_.substr(0, rest_.find('\n'));
            rest_.remove_prefix(std::min(line.size() + 1, rest_.size()));
            if (auto done = one(line.substr(0, line.find('#'))); !done)
                return fail(name_ + ":" + std::to_string(number_), done.error().what,
                            done.error().mend);
        }
        return std::move(entries_);
    }

private:
    Result<> one(std::string_view line)
    {
        std::string_view first = next_word(line);
        if (first.empty())
            return {};
        std::string_view second = next_word(line);
        if (second.empty())
            return entry(first);
        if (!is_sink(first))
            return fail({}, in_quotes(second) + " is a second entry on the line",
                        "give one entry a line, or \"0.0.0.0 NAME\" as in a hosts file");
        for (; !second.empty(); second = next_word(line)) {
            if (is_own_name(second))
                continue;
            if (auto done = name(second, second); !done)
                return done;
        }
        return {};
    }

    Result<> entry(std::string_view word)
    {
        std::string_view host = word;
        if (std::size_t scheme = word.find("://"); scheme != word.npos) {
            host.remove_prefix(scheme + 3);
            std::size_t path = std::min(host.find('/'), host.size());
            // A page is one of many on its host: whoever lists it does not mean the others.
            if (host.size() > path + 1)
                return fail({}, in_quotes(word) + " names a page",
                            "give the host alone, if all of it is a pool");
            host = host.substr(0, path);
        }
        bool bracketed = host.starts_with('[');
        if (bracketed) {
            std::size_t end = host.find(']');
            std::string_view behind = end == host.npos ? "?" : host.substr(end + 1);
            if (!behind.empty() && (behind.front() != ':' || !is_port(behind.substr(1))))
                return fail({}, in_quotes(word) + " is no address with a port",
                            "write it as \"[2001:db8::1]:3333\"");
            host = host.substr(1, end - 1);
        } else if (std::count(host.begin(), host.end(), ':') == 1) {
            std::size_t colon = host.find(':');
            if (!is_port(host.substr(colon + 1)))
                return fail({}, in_quotes(word) + " has no TCP port behind its colon",
                            "give 1..65535, or leave colon and port out");
            host = host.substr(0, colon);
        }
        if (bracketed || looks_like_address(host))
            return address(host);
        return name(host, word);
    }

    Result<> address(std::string_view text)
    {
        Result<Prefix> prefix = parse_prefix(text);
        if (!prefix)
            return fail(prefix.error());
        const std::string shown = prefix_text(*prefix); // "::0" is "::"
        if (shown == "0.0.0.0" || shown == "::")
            return fail({}, in_quotes(text) + " is nobody's address",
                        "give the name that stood behind it in a hosts file");
        if (prefix->bits < (holds_ipv4(*prefix) ? kWidestIpv4 : kWidestIpv6))
            return fail({}, in_quotes(text) + " is too wide for a list file",
                        "list /8 (IPv6: /16) or longer, or give it in the policy's \"addresses\"");
        PoolListEntries::Address out;
        out.address = prefix->address;
        out.bits = prefix->bits;
        out.line = number_;
        entries_.addresses.push_back(out);
        return {};
    }

    // `word` is what the line has.
    Result<> name(std::string_view text, std::string_view word)
    {
        if (text.starts_with("*."))
            text.remove_prefix(2);
        else if (text.starts_with('.'))
            text.remove_prefix(1);
        if (text.empty())
            return fail({}, in_quotes(word) + " is no host name", "give one such as pool.example");
        Result<std::string> domain = parse_domain(text);
        if (!domain)
            return fail({}, in_quotes(word) + domain.error().what.substr(in_quotes(text).size()),
                        domain.error().mend);
        entries_.names.push_back({std::move(*domain), number_});
        return {};
    }

    std::string_view rest_;
    const std::string& name_;
    std::uint32_t number_ = 0;
    PoolListEntries entries_;
};

} // namespace

Result<PoolListEntries> parse_pool_list(std::string_view text, const std::string& name)
{
    return ListReader(text, name).read();
}

Result<PoolListEntries> read_pool_list(const std::string& path, Trust trust)
{
    // A FIFO without a writer would hold up everything else.
    Result<UniqueFd> opened = open_to_read(path, trust, O_NONBLOCK);
    if (!opened)
        return fail(std::move(opened.error()));
    const UniqueFd& fd = *opened;
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0)
        return fail(path, "cannot look at it: " + errno_text(errno));
    if (!S_ISREG(status.st_mode))
        return fail(path, "is no regular file", "give one that can be read again when it changes");
    std::string text;
    char buffer[65536];
    for (;;) {
        ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(path, "cannot read: " + errno_text(errno));
        if (got == 0)
            break;
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > kListMax)
            return fail(path, "is larger than 32 MiB", "shorten the list");
    }
    return parse_pool_list(text, path);
}

} // namespace davylamp
