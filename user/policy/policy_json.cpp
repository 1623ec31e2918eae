// SPDX-License-Identifier: Apache-2.0
// The effective policy as the text of a policy file: every key, so that nothing rests on defaults.
#include "policy/json_layout.h"
#include "policy/policy.h"
#include "policy/policy_words.h"

namespace davylamp {

namespace {

Json list(const std::vector<Prefix>& prefixes)
{
    Json out = Json::array();
    for (const Prefix& prefix : prefixes) {
        if (prefix.note.empty())
            out.push_back(prefix_text(prefix));
        else
            out.push_back(Json{{"to", prefix_text(prefix)}, {"note", prefix.note}});
    }
    return out;
}

Json list(const std::vector<Port>& ports)
{
    Json out = Json::array();
    for (const Port& port : ports) {
        if (port.note.empty())
            out.push_back(port.port);
        else
            out.push_back(Json{{"port", port.port}, {"note", port.note}});
    }
    return out;
}

Json list(const std::vector<PoolName>& names)
{
    Json out = Json::array();
    for (const PoolName& one : names) {
        if (one.note.empty())
            out.push_back(one.name);
        else
            out.push_back(Json{{"name", one.name}, {"note", one.note}});
    }
    return out;
}

Json list(const std::vector<PoolList>& lists)
{
    Json out = Json::array();
    for (const PoolList& one : lists) {
        if (one.note.empty())
            out.push_back(one.file);
        else
            out.push_back(Json{{"file", one.file}, {"note", one.note}});
    }
    return out;
}

Json list(const std::vector<std::string>& paths)
{
    Json out = Json::array();
    for (const std::string& path : paths)
        out.push_back(path);
    return out;
}

template <class T, class Text>
void add_condition(Json& out, const char* key, const std::vector<T>& values, Text text)
{
    if (values.size() == 1)
        out[key] = text(values.front());
    for (std::size_t i = 0; values.size() > 1 && i < values.size(); i++)
        out[key].push_back(text(values[i]));
}

Json list(const std::vector<AllowRule>& rules)
{
    Json out = Json::array();
    auto same = [](const std::string& value) { return Json(value); };
    for (const AllowRule& rule : rules) {
        Json one = Json::object();
        add_condition(one, "to", rule.to, prefix_text);
        add_condition(one, "name", rule.names, same);
        add_condition(one, "user", rule.users, [](const AllowUser& user) {
            return user.uid ? Json(*user.uid) : Json(user.name);
        });
        add_condition(one, "cgroup", rule.cgroups, same);
        add_condition(one, "parent", rule.parents, same);
        add_condition(one, "interpreter", rule.interpreters, same);
        for (const auto& [key, text] :
             {std::pair<const char*, const std::string&>{"owner", rule.owner},
              {"reason", rule.reason},
              {"expires", rule.expires}}) {
            if (!text.empty())
                one[key] = text;
        }
        if (one.size() == 1 && rule.to.size() == 1)
            one = prefix_text(rule.to.front());
        out.push_back(std::move(one));
    }
    return out;
}

// Every family has its list, an empty one too: a family left out would get its default.
Json families(const std::vector<Interpreter>& interpreters)
{
    Json out = Json::object();
    for (std::size_t family = DAVY_FAMILY_SHELL; family < kFamilyNames.size(); family++) {
        Json names = Json::array();
        for (const Interpreter& interpreter : interpreters) {
            if (interpreter.family == family)
                names.push_back(interpreter.name);
        }
        out[std::string(kFamilyNames[family])] = std::move(names);
    }
    return out;
}

} // namespace

std::string policy_json(const Policy& policy)
{
    Json chain, image, stratum, root;

    chain["mode"] = mode_name(policy.chain);
    chain["interpreters"] = families(policy.interpreters);
    chain["allow"] = list(policy.allow);
    chain["resolvers"] = list(policy.resolvers);
    chain["window_s"] = policy.chain_window_s;
    chain["installers"] = list(policy.installers);
    chain["remote_admin"] = list(policy.remote_admin);
    image["mode"] = mode_name(policy.image);
    image["package_managers"] = list(policy.package_managers);
    image["fileless_allowed"] = list(policy.fileless_allowed);
    image["deny"] = list(policy.image_deny);
    image["sweep_s"] = policy.image_sweep_s;
    stratum["mode"] = mode_name(policy.stratum);
    stratum["addresses"] = list(policy.pool_addresses);
    stratum["ports"] = list(policy.pool_ports);
    stratum["ports_refuse"] = policy.pool_ports_refuse;
    stratum["names"] = list(policy.pool_names);
    stratum["alpn"] = list(policy.pool_alpn);
    stratum["lists"] = list(policy.pool_lists);
    root["detections"]["chain"] = std::move(chain);
    root["detections"]["image"] = std::move(image);
    root["detections"]["stratum"] = std::move(stratum);
    root["never_kill"] = list(policy.never_kill);
    root["evidence"] = {{"folder", policy.evidence.folder},
                        {"max_image_mb", policy.evidence.max_image_mb},
                        {"max_total_mb", policy.evidence.max_total_mb},
                        {"timeout_ms", policy.evidence.timeout_ms}};

    return laid_out(root);
}

} // namespace davylamp
