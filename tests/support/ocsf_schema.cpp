// SPDX-License-Identifier: Apache-2.0
#include "support/ocsf_schema.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace davylamp::test {

namespace {

using Json = nlohmann::json;

enum class Type { integer, text, boolean, object, any };
enum Need { optional, required };

struct Field {
    std::string_view object, key;
    Type type;
    Need need = optional;
    bool array = false;
    std::string_view of = {};      // the object's type
    std::string_view profile = {}; // must be among metadata.profiles
    std::vector<std::int64_t> values = {};
};

const std::vector<Field>& fields()
{
    static const std::vector<Field> rows = {
        {"finding", "class_uid", Type::integer, required, false, {}, {}, {2004}},
        {"finding", "category_uid", Type::integer, required, false, {}, {}, {2}},
        {"finding", "activity_id", Type::integer, required, false, {}, {}, {0, 1, 2, 3, 99}},
        {"finding", "type_uid", Type::integer, required},
        {"finding", "time", Type::integer, required},
        {"finding",
         "severity_id",
         Type::integer,
         required,
         false,
         {},
         {},
         {0, 1, 2, 3, 4, 5, 6, 99}},
        {"finding", "status_id", Type::integer, optional, false, {}, {}, {0, 1, 2, 3, 4, 5, 6, 99}},
        {"finding", "metadata", Type::object, required, false, "metadata"},
        {"finding", "finding_info", Type::object, required, false, "finding_info"},
        {"finding", "is_alert", Type::boolean},
        {"finding", "count", Type::integer},
        {"finding", "message", Type::text},
        {"finding", "device", Type::object, optional, false, "device", "host"},
        {"finding", "confidence_id", Type::integer, optional, false, {}, {}, {0, 1, 2, 3, 99}},
        {"finding",
         "action_id",
         Type::integer,
         optional,
         false,
         {},
         "security_control",
         {0, 1, 2, 3, 4, 99}},
        {"finding",
         "disposition_id",
         Type::integer,
         optional,
         false,
         {},
         "security_control",
         {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14,
          15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 99}},
        {"finding", "policy", Type::object, optional, false, "policy", "security_control"},
        {"finding", "malware", Type::object, optional, true, "malware"},
        {"finding", "evidences", Type::object, optional, true, "evidence"},
        {"finding", "observables", Type::object, optional, true, "observable"},
        {"finding", "unmapped", Type::any},

        {"metadata", "version", Type::text, required},
        {"metadata", "product", Type::object, required, false, "product"},
        {"metadata", "uid", Type::text},
        {"metadata", "sequence", Type::integer},
        {"metadata", "event_code", Type::text},
        {"metadata", "correlation_uid", Type::text},
        {"metadata", "profiles", Type::text, optional, true},
        {"product", "name", Type::text, required},
        {"product", "vendor_name", Type::text},
        {"product", "version", Type::text},

        {"device",
         "type_id",
         Type::integer,
         required,
         false,
         {},
         {},
         {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 99}},
        {"device", "hostname", Type::text},
        {"device", "uid", Type::text},
        {"device", "os", Type::object, optional, false, "os"},
        {"os", "name", Type::text, required},
        {"os",
         "type_id",
         Type::integer,
         required,
         false,
         {},
         {},
         {0, 99, 100, 200, 201, 300, 301, 400, 401, 402}},

        {"policy", "name", Type::text},
        {"policy", "uid", Type::text},
        {"policy", "version", Type::text},

        {"finding_info", "uid", Type::text, required},
        {"finding_info", "title", Type::text},
        {"finding_info", "created_time", Type::integer},
        {"finding_info", "first_seen_time", Type::integer},
        {"finding_info", "analytic", Type::object, optional, false, "analytic"},
        {"finding_info", "attacks", Type::object, optional, true, "attack"},
        {"finding_info", "related_events", Type::object, optional, true, "related_event"},
        {"related_event", "uid", Type::text, required},
        {"related_event", "type_uid", Type::integer},
        {"analytic",
         "type_id",
         Type::integer,
         required,
         false,
         {},
         {},
         {0, 1, 2, 3, 4, 5, 6, 7, 99}},
        {"analytic", "uid", Type::text},
        {"analytic", "name", Type::text},
        {"attack", "version", Type::text},
        {"attack", "tactic", Type::object, optional, false, "attack_name"},
        {"attack", "technique", Type::object, optional, false, "attack_name"},
        {"attack", "sub_technique", Type::object, optional, false, "attack_name"},
        {"attack_name", "uid", Type::text},
        {"attack_name", "name", Type::text},

        {"malware", "classification_ids", Type::integer, required, true, {}, {}, {0,  1,  2,  3,
                                                                                  4,  5,  6,  7,
                                                                                  8,  9,  10, 11,
                                                                                  12, 13, 14, 15,
                                                                                  16, 17, 18, 19,
                                                                                  20, 21, 22, 99}},
        {"malware", "name", Type::text},
        {"malware",
         "severity_id",
         Type::integer,
         optional,
         false,
         {},
         {},
         {0, 1, 2, 3, 4, 5, 6, 99}},

        {"evidence", "name", Type::text},
        {"evidence", "process", Type::object, optional, false, "process"},
        {"evidence", "src_endpoint", Type::object, optional, false, "endpoint"},
        {"evidence", "dst_endpoint", Type::object, optional, false, "endpoint"},
        {"evidence", "connection_info", Type::object, optional, false, "connection"},
        {"evidence", "url", Type::object, optional, false, "url"},
        {"evidence", "data", Type::any},
        {"endpoint", "ip", Type::text},
        {"endpoint", "port", Type::integer},
        {"connection", "direction_id", Type::integer, required, false, {}, {}, {0, 1, 2, 3, 4, 99}},
        {"connection", "protocol_num", Type::integer},
        {"connection", "protocol_name", Type::text},
        {"url", "url_string", Type::text},
        {"url", "scheme", Type::text},
        {"url", "hostname", Type::text},

        {"process", "pid", Type::integer},
        {"process", "uid", Type::text},
        {"process", "name", Type::text},
        {"process", "path", Type::text},
        {"process", "cmd_line", Type::text},
        {"process", "created_time", Type::integer},
        {"process", "file", Type::object, optional, false, "file"},
        {"process", "user", Type::object, optional, false, "user"},
        {"process", "auid", Type::integer, optional, false, {}, "linux/linux_users"},
        {"process", "euid", Type::integer, optional, false, {}, "linux/linux_users"},
        {"process", "namespace_pid", Type::integer, optional, false, {}, "container"},
        {"process", "container", Type::object, optional, false, "container", "container"},
        {"process", "xattributes", Type::object, optional, false, "xattributes"},
        {"container", "uid", Type::text},
        {"container", "runtime", Type::text},
        {"xattributes", "cgroup", Type::text},
        {"xattributes", "container_path", Type::text},
        {"xattributes", "host_path", Type::text},
        {"process", "parent_process", Type::object, optional, false, "process"},
        {"process", "ancestry", Type::object, optional, true, "process_entity"},
        {"process_entity", "pid", Type::integer},
        {"process_entity", "uid", Type::text},
        {"process_entity", "name", Type::text},
        {"process_entity", "path", Type::text},
        {"process_entity", "cmd_line", Type::text},
        {"process_entity", "created_time", Type::integer},
        {"user", "uid", Type::text},
        {"user", "name", Type::text},
        {"file", "name", Type::text, required},
        {"file", "type_id", Type::integer, required, false, {}, {}, {0, 1, 2, 3, 4, 5, 6, 7, 99}},
        {"file", "path", Type::text},
        {"file", "uid", Type::text},
        {"file", "is_deleted", Type::boolean},
        {"file", "size", Type::integer},
        {"file", "hashes", Type::object, optional, true, "fingerprint"},
        {"fingerprint",
         "algorithm_id",
         Type::integer,
         required,
         false,
         {},
         {},
         {0, 1, 2, 3, 4, 5, 6, 7, 99}},
        {"fingerprint", "algorithm", Type::text},
        {"fingerprint", "value", Type::text, required},

        {"observable", "type_id", Type::integer, required, false, {}, {}, {2, 6, 8, 9}},
        {"observable", "name", Type::text},
        {"observable", "value", Type::text},
    };
    return rows;
}

// At least one of these keys.
struct AtLeastOne {
    std::string_view object;
    std::vector<std::string_view> keys;
};
const std::vector<AtLeastOne>& at_least_one()
{
    static const std::vector<AtLeastOne> rows = {
        {"process", {"pid", "uid"}},
        {"process_entity", {"pid", "uid", "name", "path", "cmd_line"}},
        {"evidence", {"process", "src_endpoint", "dst_endpoint", "connection_info", "url", "data"}},
        {"endpoint", {"ip"}},
        {"policy", {"name", "uid"}},
        {"user", {"name", "uid"}},
        {"device", {"hostname", "uid"}},
    };
    return rows;
}

class Checker {
public:
    explicit Checker(const Json& event)
    {
        if (event.is_object() && event.contains("metadata") && event["metadata"].is_object() &&
            event["metadata"].contains("profiles") && event["metadata"]["profiles"].is_array())
            profiles_ = event["metadata"]["profiles"];
    }

    void object(const std::string& path, std::string_view type, const Json& value)
    {
        if (!value.is_object()) {
            say(path, "is no object");
            return;
        }
        for (const auto& [key, inner] : value.items()) {
            const Field* field = find(type, key);
            std::string at = path.empty() ? key : path + "." + key;
            if (field == nullptr)
                say(at, "is no attribute of " + std::string(type));
            else
                attribute(at, *field, inner);
        }
        for (const Field& field : fields()) {
            if (field.object == type && field.need == required &&
                !value.contains(std::string(field.key)))
                say(path, "lacks " + std::string(field.key));
        }
        for (const AtLeastOne& rule : at_least_one()) {
            bool any = std::any_of(rule.keys.begin(), rule.keys.end(), [&](std::string_view key) {
                return value.contains(std::string(key));
            });
            if (rule.object == type && !any)
                say(path, "has none of the keys of which " + std::string(type) + " needs one");
        }
    }

    void say(const std::string& path, const std::string& what)
    {
        problems.push_back(path + ": " + what);
    }

    std::vector<std::string> problems;

private:
    static const Field* find(std::string_view object, std::string_view key)
    {
        auto found = std::find_if(fields().begin(), fields().end(), [&](const Field& field) {
            return field.object == object && field.key == key;
        });
        return found == fields().end() ? nullptr : &*found;
    }

    void attribute(const std::string& path, const Field& field, const Json& value)
    {
        if (!field.profile.empty() &&
            std::find(profiles_.begin(), profiles_.end(), field.profile) == profiles_.end())
            say(path, "needs the profile " + std::string(field.profile));
        if (!field.array) {
            one(path, field, value);
            return;
        }
        if (!value.is_array() || value.empty()) {
            say(path, "is no array with elements");
            return;
        }
        for (std::size_t i = 0; i < value.size(); i++)
            one(path + "[" + std::to_string(i) + "]", field, value[i]);
    }

    void one(const std::string& path, const Field& field, const Json& value)
    {
        switch (field.type) {
        case Type::integer:
            if (!value.is_number_integer())
                say(path, "is no integer");
            else if (!field.values.empty() &&
                     std::find(field.values.begin(), field.values.end(),
                               value.get<std::int64_t>()) == field.values.end())
                say(path, value.dump() + " is not in the enumeration");
            break;
        case Type::text:
            if (!value.is_string())
                say(path, "is no string");
            break;
        case Type::boolean:
            if (!value.is_boolean())
                say(path, "is no boolean");
            break;
        case Type::object: object(path, field.of, value); break;
        case Type::any:
            if (value.is_null())
                say(path, "is null");
            break;
        }
    }

    Json profiles_ = Json::array();
};

// Rules over several attributes.
void relations(const Json& event, Checker& checker)
{
    auto number = [&](const char* key) { return event.value(key, std::int64_t{-1}); };
    if (number("type_uid") != number("class_uid") * 100 + number("activity_id"))
        checker.say("type_uid", "is not class_uid * 100 + activity_id");
    if (event.at("metadata").value("version", "") != "1.8.0")
        checker.say("metadata.version", "is not 1.8.0");
    bool dry = event.contains("unmapped") && event["unmapped"].value("would_block", false);
    if (dry && (number("action_id") != 3 || number("disposition_id") != 15))
        checker.say("disposition_id", "a dry run is Observed and Detected, nothing else");
    if (number("time") <= 0)
        checker.say("time", "is no time of this century");
}

} // namespace

std::vector<std::string> ocsf_problems(const Json& event)
{
    Checker checker(event);
    checker.object("", "finding", event);
    if (checker.problems.empty())
        relations(event, checker);
    return checker.problems;
}

} // namespace davylamp::test
