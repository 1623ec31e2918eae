// SPDX-License-Identifier: Apache-2.0
#include "engine/stratum_details.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "davylamp/abi/records.h"

namespace davylamp {

namespace {

// An integrated Monero address has 106 characters, and pools append ".worker".
constexpr std::size_t kValueMax = 160;
constexpr std::size_t kMembersMax = 2; // of the array params: user and password, or the agent

constexpr std::size_t kAlgosMax = 3; // a miner that knows forty names its favourites first

using Detail = std::string StratumDetails::*;

struct KeyName {
    std::string_view key;
    Detail detail;
};
// CryptoNote's login object, Claymore's and ethminer's depth-1 "worker", coin-hive's "site_key".
constexpr KeyName kKeys[] = {
    {"method", &StratumDetails::method},  {"login", &StratumDetails::login},
    {"user", &StratumDetails::login},     {"pass", &StratumDetails::password},
    {"worker", &StratumDetails::worker},  {"agent", &StratumDetails::agent},
    {"rigid", &StratumDetails::rigid},    {"algo", &StratumDetails::algo},
    {"site_key", &StratumDetails::login},
};

void append_utf8(std::string& out, std::uint32_t point)
{
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xc0 | point >> 6);
        out += static_cast<char>(0x80 | (point & 0x3f));
    } else if (point < 0xd800 || point >= 0xe000) {
        out += static_cast<char>(0xe0 | point >> 12);
        out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (point & 0x3f));
    } else {
        out += '?'; // half of a surrogate pair: no wallet or agent has one
    }
}

class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    void scan()
    {
        while (at_ < text_.size()) {
            char c = text_[at_];
            if (c == '"') {
                string_at_quote();
                continue;
            }
            if (c == '[' && key_ == "params")
                params_depth_ = depth_ + 1;
            if (c == '[' && ((key_ == "algo" && found.algo.empty()) || key_ == "extensions"))
                begin_list();
            if (c == 't' && key_ == "nicehash") // true
                found.nicehash = true;
            if (c == '{' || c == '[')
                depth_++;
            if (c == '}' || c == ']') {
                depth_ = depth_ > 0 ? depth_ - 1 : 0;
                if (depth_ < params_depth_)
                    params_depth_ = 0;
                if (depth_ < list_depth_)
                    list_depth_ = 0;
            }
            if (c == '\n') // a message a line
                end_message();
            if (c != ':' && c != ' ' && c != '\t')
                key_.clear();
            at_++;
        }
        end_message();
    }

    StratumDetails found;

private:
    // A string, its escapes undone; at_ is left behind its closing quote, or at the end.
    std::string string()
    {
        std::string out;
        for (at_++; at_ < text_.size() && text_[at_] != '"'; at_++) {
            char c = text_[at_];
            if (c == '\\' && at_ + 1 < text_.size()) {
                c = text_[++at_];
                if (c == 'u') {
                    unicode(out);
                    continue;
                }
                constexpr std::string_view kFrom = "bfnrt", kTo = "\b\f\n\r\t";
                if (auto i = kFrom.find(c); i != kFrom.npos)
                    c = kTo[i];
            }
            if (out.size() < kValueMax)
                out += c;
        }
        if (at_ < text_.size())
            at_++;
        return out;
    }

    // At the 'u' of \uXXXX; left at its last digit. A bad one gives '?'.
    void unicode(std::string& out)
    {
        std::uint32_t point = 0;
        for (int digits = 0; digits < 4; digits++) {
            char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '"';
            int value = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
            if (value < 0) {
                point = '?';
                break;
            }
            point = point << 4 | static_cast<std::uint32_t>(value);
            at_++;
        }
        if (out.size() < kValueMax)
            append_utf8(out, point);
    }

    void string_at_quote()
    {
        std::string value = string();
        std::size_t next = text_.find_first_not_of(" \t", at_);
        if (next != text_.npos && text_[next] == ':') {
            key_ = value;
            at_ = next + 1;
            return;
        }
        if (params_depth_ != 0 && depth_ == params_depth_ && members_.size() < kMembersMax)
            members_.push_back(value);
        if (list_depth_ != 0 && depth_ == list_depth_)
            list_member(value);
        if (key_ == "method")
            method_ = value;
        if (key_ == "type" && value == "auth") // coin-hive's login
            keep(&StratumDetails::method, value);
        for (const KeyName& row : kKeys) {
            if (row.key == key_)
                keep(row.detail, std::move(value));
        }
        key_.clear();
    }

    void begin_list()
    {
        list_ = key_;
        list_depth_ = depth_ + 1;
        listed_ = 0;
    }

    // xmrig's algorithms, and what a proxy says that it can do.
    void list_member(const std::string& value)
    {
        if (list_ == "extensions") {
            if (value == "nicehash")
                found.nicehash = true;
        } else if (listed_++ < kAlgosMax) {
            found.algo += (found.algo.empty() ? "" : ",") + value;
        }
    }

    void keep(Detail detail, std::string value)
    {
        std::string& kept = found.*detail;
        if (kept.empty())
            kept = std::move(value);
    }

    // The method may come after its params; what they mean is known at the end of the message.
    void end_message()
    {
        auto member = [&](std::size_t i) { return i < members_.size() ? members_[i] : ""; };
        if (method_ == "mining.authorize" || method_ == "eth_submitLogin" ||
            method_ == "eth_login") {
            keep(&StratumDetails::login, member(0));
            keep(&StratumDetails::password, member(1));
        } else if (method_ == "mining.subscribe") {
            keep(&StratumDetails::agent, member(0));
        } else if (method_ == "mining.submit") {
            keep(&StratumDetails::login, member(0));
        }
        members_.clear();
        method_.clear();
        depth_ = params_depth_ = list_depth_ = 0;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string key_, method_, list_;
    std::size_t listed_ = 0;
    std::vector<std::string> members_;
    // Of the arrays: 0 where we are not within one.
    std::uint32_t depth_ = 0, params_depth_ = 0, list_depth_ = 0;
};

} // namespace

StratumDetails stratum_details(std::string_view payload)
{
    Scanner scanner(payload.substr(0, DAVY_PAYLOAD_MAX));
    scanner.scan();
    return std::move(scanner.found);
}

} // namespace davylamp
