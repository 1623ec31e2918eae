// SPDX-License-Identifier: Apache-2.0
// Properties of every flow: neither segmentation nor the order of keys changes anything, and on
// whole messages the matcher agrees with the same rules over a real JSON parser.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "stratum_flow.h"

namespace davylamp::test {
namespace {

using Json = nlohmann::json;

class Random {
public:
    explicit Random(std::uint32_t seed) : engine_(seed) {}
    std::uint32_t below(std::uint32_t n) { return engine_() % n; }
    bool one_in(std::uint32_t n) { return below(n) == 0; }
    template <class T, std::size_t N> const T& of(const std::array<T, N>& choices)
    {
        return choices[below(N)];
    }
    template <class T> void shuffle(T& things)
    {
        std::shuffle(things.begin(), things.end(), engine_);
    }

private:
    std::mt19937 engine_; // its output is the same everywhere, a distribution's is not
};

std::string folded(std::string text)
{
    for (char& c : text)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
}

// The rules as docs put them, over a parsed message. A message may convict in several dialects at
// once, and the matcher names the one that was plain first: so the answer is a set, a bit for each.
class Model {
public:
    static unsigned judge(const Json& message, std::uint8_t direction)
    {
        if (message.is_object())
            return direction == DAVY_TO_SERVER ? request(message) : answer(message);
        for (const Json& member : message) {
            unsigned dialects = member.is_object() ? judge(member, direction) : 0;
            if (dialects)
                return dialects;
        }
        return 0;
    }

private:
    static constexpr unsigned kBitcoin = 1u << DAVY_DIALECT_BITCOIN,
                              kCryptonote = 1u << DAVY_DIALECT_CRYPTONOTE,
                              kEthereum = 1u << DAVY_DIALECT_ETHEREUM;

    static inline const std::set<std::string> kClientMethods = {"mining.subscribe",
                                                                "mining.authorize",
                                                                "mining.auth",
                                                                "mining.configure",
                                                                "mining.submit",
                                                                "mining.hello",
                                                                "mining.extranonce.subscribe",
                                                                "mining.suggest_difficulty",
                                                                "mining.suggest_target",
                                                                "mining.get_transactions",
                                                                "mining.get_txnhashes",
                                                                "mining.multi_version",
                                                                "mining.hashrate",
                                                                "mining.noop"};
    static inline const std::set<std::string> kPoolMethods = {
        "mining.notify",         "mining.set_difficulty",   "mining.set_target",
        "mining.set_extranonce", "mining.set_version_mask", "mining.set"};

    static const Json* get(const Json& object, std::string_view key)
    {
        if (object.is_object())
            for (auto it = object.begin(); it != object.end(); ++it)
                if (folded(it.key()) == key)
                    return &*it;
        return nullptr;
    }
    static bool has(const Json* object, std::string_view key)
    {
        return object && get(*object, key);
    }
    static std::string text(const Json* value)
    {
        return value && value->is_string() ? value->get<std::string>() : "";
    }

    static unsigned request(const Json& message)
    {
        const Json* params = get(message, "params");
        std::string method = text(get(message, "method"));
        if (params && kClientMethods.count(method))
            return kBitcoin;
        if (params &&
            (method == "eth_submitLogin" || method == "eth_login" || method == "eth_getWork" ||
             method == "eth_submitWork" || method == "eth_submitHashrate"))
            return kEthereum;
        bool login = has(params, "login") && (has(params, "pass") || has(params, "agent") ||
                                              is_wallet(text(get(*params, "login"))));
        bool share = has(params, "job_id") && has(params, "nonce");
        if ((method == "login" && (login || get(message, "api_key"))) ||
            (method == "submit" && share) || (method == "block_template" && has(params, "job_id")))
            return kCryptonote;
        return 0;
    }

    static unsigned answer(const Json& message)
    {
        const Json *params = get(message, "params"), *result = get(message, "result");
        std::string method = folded(text(get(message, "method")));
        unsigned dialects = 0;
        if (params && (kPoolMethods.count(method) || method == "client.reconnect" ||
                       method == "client.show_message" || method == "client.get_version"))
            dialects |= kBitcoin;
        if (method == "job" && has(params, "job_id") && has(params, "target"))
            dialects |= kCryptonote;
        if (!result)
            return dialects;
        if (result->is_array()) {
            for (const Json& element : *result)
                if (element.is_array() && names_mining(element))
                    dialects |= kBitcoin;
            return dialects | (is_work(*result) ? kEthereum : 0);
        }
        const Json* job = get(*result, "job");
        if (has(job, "job_id") && has(job, "target"))
            dialects |= kCryptonote;
        return dialects;
    }

    static bool names_mining(const Json& list)
    {
        return std::any_of(list.begin(), list.end(), [](const Json& element) {
            return element.is_array() ? names_mining(element)
                                      : kPoolMethods.count(folded(text(&element))) != 0;
        });
    }

    static bool is_work(const Json& list)
    {
        if (list.size() != 3 && list.size() != 4)
            return false;
        for (std::size_t i = 0; i < list.size(); i++) {
            std::string hash = folded(text(&list[i]));
            if (!list[i].is_string() ||
                (i < 3 && (hash.size() != 66 || !hash.starts_with("0x") ||
                           hash.find_first_not_of("0123456789abcdef", 2) != hash.npos)))
                return false;
        }
        return true;
    }

    static bool is_wallet(const std::string& login)
    {
        return login.size() >= 90 &&
               login.substr(0, 90).find_first_not_of(
                   "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz") == login.npos;
    }
};

// Messages made of Stratum's own words, right and wrong, in every spelling that JSON allows.
class Babble {
public:
    explicit Babble(Random& random) : random_(random) {}

    std::string message()
    {
        if (!random_.one_in(6))
            return object(0);
        std::string out = "[";
        for (std::uint32_t n = 1 + random_.below(3); n-- > 0;)
            out +=
                (out.size() > 1 ? "," : "") + space() + (random_.one_in(5) ? value(1) : object(0));
        return out + "]";
    }

private:
    static constexpr std::array<std::string_view, 14> kKeys = {
        "method", "method", "params", "params", "result", "result", "api_key",
        "login",  "pass",   "agent",  "job_id", "id",     "job",    "methods"};
    static constexpr std::array<std::string_view, 11> kInnerKeys = {
        "login", "pass",   "agent", "job_id", "nonce", "target",
        "job",   "status", "id",    "logins", "params"};
    static constexpr std::array<std::string_view, 28> kWords = {"login",
                                                                "login",
                                                                "submit",
                                                                "block_template",
                                                                "keepalived",
                                                                "KEEPALIVED",
                                                                "mining.submit",
                                                                "mining.subscribe",
                                                                "mining.notify",
                                                                "mining.set",
                                                                "mining.set_target",
                                                                "mining.authorized",
                                                                "mining.",
                                                                "mining",
                                                                "Mining.Notify",
                                                                "mining.truck",
                                                                "eth_login",
                                                                "eth_getWork",
                                                                "eth_submitLogin",
                                                                "eth_submitWork",
                                                                "eth_submitHashrate",
                                                                "job",
                                                                "client.reconnect",
                                                                "client.show_message",
                                                                "client.get_version",
                                                                "server.ping",
                                                                "",
                                                                "method"};

    std::string space()
    {
        static constexpr std::array<std::string_view, 8> kSpaces = {"",  "",   "",     "",
                                                                    " ", "\t", "\r\n", "  "};
        return std::string(random_.of(kSpaces));
    }

    std::string quoted(std::string_view text)
    {
        bool escapes = random_.one_in(4);
        std::string out = "\"";
        for (char c : text) {
            if (escapes && random_.one_in(3)) {
                char code[8];
                std::snprintf(code, sizeof(code), random_.one_in(2) ? "\\u%04x" : "\\u%04X", c);
                out += code;
            } else {
                out += c;
            }
        }
        return out + "\"";
    }

    std::string string()
    {
        switch (random_.below(8)) {
        case 0: return quoted(wallet(88 + random_.below(8)));
        case 1:
        case 2: return quoted("0x" + hex(64 - random_.one_in(8)));
        case 3: return "\"\\\"}{\\\\ \\u00e9\\n\"";
        default: return quoted(random_.of(kWords));
        }
    }

    std::string list(int depth)
    {
        std::string out = "[";
        for (std::uint32_t n = random_.below(6); n-- > 0;)
            out += (out.size() > 1 ? "," : "") + space() +
                   (random_.one_in(3) ? value(depth + 1) : string()) + space();
        return out + "]";
    }

    // Work as EthProxy pushes it, and what only looks like it.
    std::string work()
    {
        std::string out = "[";
        for (std::uint32_t n = 2 + random_.below(4); n-- > 0;)
            out += (out.size() > 1 ? "," : "") + space() +
                   (random_.one_in(12) ? value(1) : quoted("0x" + hex(64 + random_.one_in(12))));
        return out + "]";
    }

    std::string value(int depth)
    {
        switch (random_.below(depth > 5 ? 4 : 8)) {
        case 0: return "-1.5e3";
        case 1: return "null";
        case 2:
        case 3: return string();
        case 4:
        case 5: return list(depth);
        default: return object(depth + 1);
        }
    }

    std::string object(int depth)
    {
        std::vector<std::string_view> keys(depth == 0 ? kKeys.begin() : kInnerKeys.begin(),
                                           depth == 0 ? kKeys.end() : kInnerKeys.end());
        random_.shuffle(keys);
        keys.resize(1 + random_.below(6));
        std::string out = "{", seen = "|";
        for (std::string_view key : keys) {
            std::string mark = std::string(key) + "|";
            if (seen.find("|" + mark) != seen.npos)
                continue; // which of two equal keys counts is a matter of parsers
            seen += mark;
            std::string spelt(key);
            if (random_.one_in(6))
                spelt[0] = static_cast<char>(spelt[0] - 'a' + 'A');
            out += (out.size() > 1 ? "," : "") + space() + quoted(spelt) + space() + ":" + space();
            bool word = key == "method" || key == "status" || key == "login";
            if (word && !random_.one_in(6))
                out += string();
            else if (key == "result" && random_.one_in(3))
                out += work();
            else if ((key == "result" || key == "params" || key == "job") && depth < 4)
                out += random_.one_in(4) ? value(depth) : object(depth + 1);
            else
                out += value(depth);
            out += space();
        }
        return out + "}";
    }

    Random& random_;
};

TEST(StratumModel, AgreesWithTheRulesOverAParser)
{
    Random random(7);
    Babble babble(random);
    std::array<std::array<int, 4>, 2> seen{};
    for (int i = 0; i < 10'000; i++) {
        std::string text = babble.message();
        Json message = Json::parse(text);
        for (std::uint8_t direction : {DAVY_TO_SERVER, DAVY_TO_CLIENT}) {
            unsigned dialects = Model::judge(message, direction);
            Reading reading = read_whole(text, direction);
            ASSERT_EQ(reading.verdict, dialects ? DAVY_STRATUM_MATCH : DAVY_STRATUM_OPEN)
                << int(direction) << " " << text;
            if (dialects) {
                ASSERT_TRUE(dialects >> reading.dialect & 1) << int(direction) << " " << text;
            }
            ASSERT_FALSE(reading.held) << text;
            seen[direction][static_cast<std::size_t>(reading.dialect)]++;
        }
    }
    for (std::size_t direction = 0; direction < seen.size(); direction++)
        for (std::size_t dialect = 0; dialect < seen[direction].size(); dialect++)
            EXPECT_GT(seen[direction][dialect], 40) // the babble says everything now and then
                << "direction " << direction << ", dialect " << dialect;
}

TEST(StratumModel, FirstConvictingMessageOfAFlowDecides)
{
    Random random(8);
    Babble babble(random);
    int convicted_late = 0;
    for (int i = 0; i < 1'000; i++) {
        std::string text;
        unsigned dialects = 0;
        int messages = 0;
        std::size_t end = 0;
        for (; messages < 8 && !dialects; messages++) {
            std::string message = babble.message();
            dialects = Model::judge(Json::parse(message), DAVY_TO_SERVER);
            end = text.size();
            text += message + (random.one_in(2) ? "\n" : "\r\n\r\n");
        }
        Reading reading = read_whole(text, DAVY_TO_SERVER);
        ASSERT_EQ(reading.verdict, dialects ? DAVY_STRATUM_MATCH : DAVY_STRATUM_OPEN) << text;
        if (dialects) {
            ASSERT_GT(reading.offset, end) << text;
        }
        convicted_late += dialects && messages > 3;
    }
    EXPECT_GT(convicted_late, 50);
}

TEST(StratumSegments, ChangeNothing)
{
    Random random(9);
    Babble babble(random);
    for (int i = 0; i < 2'000; i++) {
        std::uint8_t direction = random.one_in(2) ? DAVY_TO_SERVER : DAVY_TO_CLIENT;
        std::string text;
        for (std::uint32_t n = 1 + random.below(4); n-- > 0;)
            text += babble.message() + "\n";
        if (random.one_in(5)) // a broken flow is cut the same way
            text[random.below(static_cast<std::uint32_t>(text.size()))] =
                static_cast<char>(random.below(256));
        Flow flow(direction);
        for (std::size_t at = 0; at < text.size();) {
            std::size_t size = 1 + random.below(random.one_in(2) ? 3 : 80);
            flow.segment(std::string_view(text).substr(at, size));
            at += size;
        }
        ASSERT_EQ(flow.reading(), read_whole(text, direction)) << text;
        if (flow.reading().verdict != DAVY_STRATUM_MATCH && !flow.reading().held) {
            ASSERT_EQ(flow.left(), text);
        }
    }
}

TEST(StratumOrder, OfKeysChangesNothing)
{
    struct Case {
        std::vector<std::string> members;
        int dialect;
    };
    const Case cases[] = {
        {{R"("id":1)", R"("jsonrpc":"2.0")", R"("method":"mining.submit")",
          R"("params":["u","j"])"},
         DAVY_DIALECT_BITCOIN},
        {{R"("id":1)", R"("worker":"w")", R"("method":"eth_submitLogin")", R"("params":["0x0"])"},
         DAVY_DIALECT_ETHEREUM},
        {{R"("id":1)", R"("x":{"method":"y","params":{}})", R"("method":"login")",
          R"("params":{"login":"u","pass":"x"})"},
         DAVY_DIALECT_CRYPTONOTE},
        {{R"("id":1)", R"("jsonrpc":"2.0")", R"("method":"login")",
          R"("params":{"agent":"a","rigid":"r","login":"u"})"},
         DAVY_DIALECT_CRYPTONOTE},
        {{R"("id":1)", R"("method":"login")", R"("params":{"login":")" + wallet(106) + R"("})"},
         DAVY_DIALECT_CRYPTONOTE},
        {{R"("id":1)", R"("method":"submit")", R"("params":{"nonce":"0","id":"i","job_id":"j"})"},
         DAVY_DIALECT_CRYPTONOTE},
    };
    for (const Case& c : cases) {
        std::vector<std::string> members = c.members;
        std::sort(members.begin(), members.end());
        int orders = 0;
        do {
            std::string text;
            for (const std::string& member : members)
                text += (text.empty() ? "{" : ", ") + member;
            text += "}\n";
            Reading whole = read_whole(text, DAVY_TO_SERVER);
            EXPECT_EQ(whole.verdict, DAVY_STRATUM_MATCH) << text;
            EXPECT_EQ(whole.dialect, c.dialect) << text;
            EXPECT_EQ(cut(text, DAVY_TO_SERVER, 1).reading(), whole) << text;
            orders++;
        } while (std::next_permutation(members.begin(), members.end()));
        EXPECT_GE(orders, 6);
    }
}

} // namespace
} // namespace davylamp::test
