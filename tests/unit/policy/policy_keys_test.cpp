// SPDX-License-Identifier: Apache-2.0
// The table of keys: each row is read, shown, suggested, documented, and each member has a row.
#include "policy/policy_keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "policy/error_words.h"
#include "policy/key_home.h"
#include "support/member_count.h"

namespace davylamp {
namespace {

// A key's own word, and the path of the object that it stands in.
std::string word(const std::string& path) { return path.substr(path.rfind('.') + 1); }
std::string object_of(const std::string& path)
{
    std::size_t dot = path.rfind('.');
    return dot == path.npos ? "" : path.substr(0, dot);
}

// Every object of the file by its path, "" for the outermost, with the keys that may stand in it.
std::map<std::string, std::vector<std::string>> objects()
{
    std::map<std::string, std::vector<std::string>> out;
    for (const KeyRow& row : policy_key_rows()) {
        for (std::string path = row.path; !path.empty(); path = object_of(path)) {
            std::vector<std::string>& keys = out[object_of(path)];
            if (path.ends_with("[]"))
                continue; // the list has a row of its own
            if (std::find(keys.begin(), keys.end(), word(path)) == keys.end())
                keys.push_back(word(path));
        }
    }
    return out;
}

// A file with `members` in the object at `path`: "detections.chain.allow[]" is {"detections":
// {"chain": {"allow": [{...}]}}}.
std::string file(const std::string& path, const std::string& members)
{
    if (path.empty())
        return "{" + members + "}";
    bool entry = path.ends_with("[]");
    std::string key = entry ? path.substr(0, path.size() - 2) : path;
    std::string value = entry ? "[{" + members + "}]" : "{" + members + "}";
    return file(object_of(key), "\"" + word(key) + "\": " + value);
}

std::string mend_of(const std::string& path, const std::string& key)
{
    Result<Policy> policy = parse_policy(file(path, "\"" + key + "\": 0"), "p.json");
    if (policy)
        return "no error";
    EXPECT_EQ(policy.error().what, "unknown key") << path << " " << key;
    return policy.error().mend;
}

std::string near(const std::string& key, const std::vector<std::string>& keys)
{
    std::vector<std::string_view> views(keys.begin(), keys.end());
    return std::string(nearest(key, views));
}

TEST(PolicyKeys, PathsAreOnceAndObjectsStandTogether)
{
    std::set<std::string> paths, left;
    std::string last;
    for (const Key<Policy>& key : policy_keys()) {
        EXPECT_TRUE(paths.insert(key.path).second) << key.path << " twice";
        std::string object = object_of(key.path);
        EXPECT_FALSE(left.count(object)) << key.path << " is apart from the keys beside it";
        for (std::string out = last;
             out != object && !out.empty() && !object.starts_with(out + "."); out = object_of(out))
            left.insert(out);
        last = object;
    }
}

TEST(PolicyKeys, EachHasItsTypeDefaultAndOneLineOfHelp)
{
    std::map<std::string, std::string> defaults;
    for (const KeyRow& row : policy_key_rows())
        defaults[row.path] = row.standard;
    for (const Key<Policy>& key : policy_keys()) {
        // Either the list that is built in, by its length, or the value itself.
        Json value = key.write(default_policy());
        bool is_list = key.build_in != nullptr;
        EXPECT_EQ(defaults[key.path], is_list ? key.built_in : "`" + value.dump() + "`");
        if (is_list && value.is_array()) {
            EXPECT_TRUE(key.built_in.starts_with(std::to_string(value.size()) + " "))
                << key.path << ": " << key.built_in;
        }
    }
    for (const KeyRow& row : policy_key_rows()) {
        EXPECT_FALSE(row.type.empty()) << row.path;
        EXPECT_FALSE(row.help.empty()) << row.path;
        for (const std::string& text : {row.type, row.standard, row.help})
            EXPECT_EQ(text.find_first_of("\n|"), text.npos) << row.path << ": " << text;
    }
}

// Where the word of a key stands nowhere near one that the object has, its home is named.
TEST(PolicyKeys, EachInAWrongObjectIsToldItsHome)
{
    auto all = objects();
    int asked = 0;
    for (const auto& [home, keys] : all) {
        for (const std::string& key : keys) {
            for (const auto& [place, there] : all) {
                if (std::find(there.begin(), there.end(), key) != there.end())
                    continue;
                std::string mend = mend_of(place, key), meant = near(key, there);
                if (!meant.empty()) {
                    EXPECT_EQ(mend, "did you mean \"" + meant + "\"?");
                    continue;
                }
                asked++;
                EXPECT_EQ(mend, "it belongs in " + key_home(key)) << key << " in " << place;
                std::string named = home.empty()           ? "the outermost object"
                                    : home.ends_with("[]") ? home.substr(0, home.size() - 2)
                                                           : home;
                // Of several that stand beside each other the first is whole: ".image".
                EXPECT_TRUE(mend.find(named) != mend.npos ||
                            mend.find(" ." + word(named)) != mend.npos)
                    << mend << " for " << home << "." << key;
            }
        }
    }
    EXPECT_GT(asked, 400);
}

TEST(PolicyKeys, HomesInWords)
{
    struct {
        const char *key, *home;
    } const cases[] = {
        {"window_s", "detections.chain"},
        {"installers", "detections.chain"},
        {"remote_admin", "detections.chain"},
        {"sweep_s", "detections.image"},
        {"detections", "the outermost object"},
        {"chain", "detections"},
        {"timeout_ms", "evidence"},
        {"mode", "each of detections.chain, .image and .stratum"},
        {"lua", "detections.chain.interpreters"},
        {"user", "an entry of detections.chain.allow"},
        {"to", "an entry of detections.chain.allow or detections.stratum.addresses"},
        {"zzz", ""},
        {"", ""},
        {"detections.chain", ""},
    };
    for (const auto& one : cases)
        EXPECT_EQ(key_home(one.key), one.home) << one.key;
    EXPECT_EQ(mend_of("", "window_s"), "it belongs in detections.chain");
    EXPECT_EQ(mend_of("detections.image", "installers"), "it belongs in detections.chain");
    EXPECT_EQ(mend_of("detections", "remote_admin"), "it belongs in detections.chain");
    EXPECT_EQ(mend_of("detections.chain", "sweep_s"), "it belongs in detections.image");
}

TEST(PolicyKeys, EachMisspeltIsMeant)
{
    for (const auto& [object, keys] : objects()) {
        for (const std::string& key : keys) {
            std::string swapped = key, capital = key;
            std::swap(swapped[key.size() - 1], swapped[key.size() - 2]);
            capital[0] = static_cast<char>(capital[0] - 'a' + 'A');
            for (const std::string& wrong : {swapped, capital, key + key.back()}) {
                if (wrong == key)
                    continue;
                EXPECT_EQ(mend_of(object, wrong), "did you mean \"" + key + "\"?")
                    << wrong << " in " << object;
            }
        }
    }
}

// A value of each type of the table, as the file has it; no key has it as its default. A new type
// has its line here, a new key of a known type needs none.
std::string sample(const std::string& type)
{
    const std::map<std::string, std::string> samples = {
        {"mode", "\"kill\""},
        {"seconds", "77"},
        {"MiB", "77"},
        {"milliseconds", "77"},
        {"`true` or `false`", "true"},
        {"path of a folder", "\"/samples\""},
        {"list of paths", "[\"/sample\"]"},
        {"list of addresses", "[\"192.0.2.77\"]"},
        {"list of allow rules", "[\"192.0.2.77\"]"},
        {"list of ports", "[77]"},
        {"list of domains", "[\"sample.example\"]"},
        {"list of protocol names", "[\"sample\"]"},
        {"list of list files", "[\"/sample\"]"},
        {"list of names", "[\"sample\"]"},
        {"address", "\"192.0.2.78\""},
        {"port", "78"},
        {"domain", "\"sample.test\""},
        {"path of a list file", "\"/sample.txt\""},
        {"text", "\"sample\""},
        {"DNS name", "\"sample.test\""},
        {"name or uid", "77"},
        {"cgroup's path", "\"/sample.slice\""},
        {"path", "\"/sample\""},
        {"path or file name", "\"sample\""},
        {"day", "\"2030-01-31\""},
        {"object: family → list of names", "{\"perl\": [\"sample\"]}"},
    };
    auto found = samples.find(type.substr(0, type.find(',')));
    if (found == samples.end()) {
        ADD_FAILURE() << "no sample of the type \"" << type << "\"; add one to sample()";
        return "0";
    }
    return found->second;
}

// What stands beside a key so that its entry is a whole one.
std::string company(const std::string& path)
{
    if (path.starts_with("detections.chain.allow[].")) {
        std::string out;
        for (const char* key : {"to", "owner", "reason"}) {
            bool taken =
                word(path) == key || (word(path) == "note" && key == std::string("reason"));
            out += taken ? ""
                         : std::string(", \"") + key + "\": \"" +
                               (key == std::string("to") ? "192.0.2.1" : "x") + "\"";
        }
        return out;
    }
    if (word(path) == "note") {
        for (const KeyRow& row : policy_key_rows()) { // the first of its entry
            if (object_of(row.path) == object_of(path))
                return ", \"" + word(row.path) + "\": " + sample(row.type);
        }
    }
    return {};
}

TEST(PolicyKeys, EachIsReadAndShownAndReadAgain)
{
    Policy defaults = default_policy();
    defaults.source = "p.json";
    for (const KeyRow& row : policy_key_rows()) {
        std::string member = "\"" + word(row.path) + "\": " + sample(row.type);
        std::string text = file(object_of(row.path), member + company(row.path));
        Result<Policy> policy = parse_policy(text, "p.json");
        ASSERT_TRUE(policy) << policy.error().text() << "\n" << text;
        EXPECT_NE(*policy, defaults) << row.path << " says nothing";

        std::string shown = policy_json(*policy);
        Result<Policy> again = parse_policy(shown, "p.json");
        ASSERT_TRUE(again) << again.error().text() << "\n" << shown;
        EXPECT_EQ(*again, *policy) << shown;
        std::string key = row.alias_of.empty() ? word(row.path) : row.alias_of;
        bool alone = row.path.ends_with("[]." + key) && company(row.path).empty();
        // The short form of an entry shows no key.
        EXPECT_TRUE(alone || shown.find("\"" + key + "\": ") != shown.npos) << shown;
    }
}

TEST(PolicyKeys, EachSetsItsMemberAndNoOther)
{
    Policy defaults = default_policy();
    for (const Key<Policy>& key : policy_keys()) {
        Policy policy = default_policy();
        std::string text =
            file(object_of(key.path), "\"" + word(key.path) + "\": " + sample(key.type));
        Result<Policy> read = parse_policy(text, policy.source);
        ASSERT_TRUE(read) << read.error().text();
        for (const Key<Policy>& other : policy_keys())
            EXPECT_EQ(other.write(*read) == other.write(defaults), other.path != key.path)
                << key.path << " and " << other.path;
    }
}

// A member that no row sets could not be asked for in a file. `source` is the file's own name.
TEST(PolicyKeys, EachMemberHasItsRow)
{
    const Policy policy;
    std::set<const void*> members, of_evidence;
    const auto* begin = reinterpret_cast<const char*>(&policy.evidence);
    for (const Key<Policy>& key : policy_keys()) {
        const auto* member = static_cast<const char*>(key.member(policy));
        bool inside = member >= begin && member < begin + sizeof policy.evidence;
        EXPECT_TRUE((inside ? of_evidence : members).insert(member).second)
            << key.path << " sets what another row sets";
    }
    EXPECT_EQ(of_evidence.size(), test::member_count<EvidencePolicy>());
    EXPECT_EQ(members.size() + 2, test::member_count<Policy>()) << "source and evidence are two";
}

} // namespace
} // namespace davylamp
