// SPDX-License-Identifier: Apache-2.0
#include "report/judged_event.h"

#include <algorithm>
#include <optional>

#include "policy/error_words.h"
#include "policy/expiry_time.h"
#include "policy/policy.h"
#include "report/event_document.h"
#include "report/time_units.h"
#include "wire/event_json.h"
#include "wire/names.h"

namespace davylamp {

namespace {

using At = DocumentField;

class EventReader : EventDocument {
public:
    using EventDocument::EventDocument;

    Result<JudgedEvent> read(const JsonValue& root)
    {
        At whole{&root, {}};
        if (root.kind != JsonValue::Kind::object)
            return wrong(whole, describe(root) + " is no event", kGive);
        Result<> done;
        if (child(whole, "class_uid"))
            done = finding(whole);
        else if (child(whole, "kind"))
            done = record(whole);
        else
            return wrong(whole, "an object without \"class_uid\" and without \"kind\"", kGive);
        if (!done)
            return fail(std::move(done.error()));
        return std::move(event_);
    }

private:
    Result<> remote(const At& at, const std::string& key)
    {
        auto address = text(at, key);
        if (!address)
            return fail(std::move(address.error()));
        auto parsed = parse_prefix(*address);
        if (!parsed || parsed->bits != 128)
            return wrong(child(at, key), in_quotes(*address) + " is no address");
        std::copy(parsed->address.begin(), parsed->address.end(), event_.flow.remote);
        event_.flow.family = address->find(':') == address->npos ? 4 : 6;
        return {};
    }

    Result<> row(const At& at, const std::string& key)
    {
        if (!child(at, key))
            return {};
        auto value = number(at, key);
        if (!value)
            return fail(std::move(value.error()));
        if (*value >= DAVY_NO_ROW)
            return wrong(child(at, key), std::to_string(*value) + " is no row");
        event_.row = static_cast<std::uint32_t>(*value);
        return {};
    }

    Result<> flags(const At& at)
    {
        auto list = needed(at, "flags", JsonValue::Kind::array, "list");
        if (!list)
            return fail(std::move(list.error()));
        for (const JsonValue& flag : list->value->children) {
            for (const names::Row& known : names::kAllowFlags) {
                if (flag.text == known.name)
                    event_.facts.flags |= known.number;
            }
        }
        return {};
    }

    Result<> facts(const At& at)
    {
        if (!at)
            return {}; // of before the rules
        if (at.value->kind != JsonValue::Kind::object)
            return wrong(at, describe(*at.value) + " is no object");
        if (auto done = flags(at); !done)
            return done;
        auto uid = number(at, "uid");
        if (!uid)
            return fail(std::move(uid.error()));
        if (*uid > 0xffffffff)
            return wrong(child(at, "uid"), std::to_string(*uid) + " is no uid");
        event_.facts.uid = static_cast<std::uint32_t>(*uid);
        if (auto done = copy(at, "name", event_.facts.name); !done)
            return done;
        if (auto done = copy(at, "cgroup", event_.facts.cgroup); !done)
            return done;
        if (At interpreter = child(at, "interpreter")) {
            auto key = file(interpreter);
            if (!key)
                return fail(std::move(key.error()));
            event_.facts.interpreter = *key;
        }
        auto ancestors = needed(at, "ancestors", JsonValue::Kind::array, "list");
        if (!ancestors)
            return fail(std::move(ancestors.error()));
        const auto& items = ancestors->value->children;
        for (std::size_t i = 0; i < items.size() && i < DAVY_ANCESTORS_MAX; i++) {
            auto key = file(item(*ancestors, i));
            if (!key)
                return fail(std::move(key.error()));
            event_.facts.ancestors[i] = *key;
        }
        return {};
    }

    // An OCSF Detection Finding.
    Result<> finding(const At& whole)
    {
        auto metadata = needed(whole, "metadata", JsonValue::Kind::object, "object");
        if (!metadata)
            return fail(std::move(metadata.error()));
        auto code = text(*metadata, "event_code");
        auto ms = number(whole, "time");
        auto extra = needed(whole, "unmapped", JsonValue::Kind::object, "object");
        for (const Error* error : {code ? nullptr : &code.error(), ms ? nullptr : &ms.error(),
                                   extra ? nullptr : &extra.error()}) {
            if (error)
                return fail(*error);
        }
        auto verdict = text(*extra, "verdict");
        if (!verdict)
            return fail(std::move(verdict.error()));
        if (*ms > UINT64_MAX / kMillisecond)
            return wrong(child(whole, "time"), std::to_string(*ms) + " is no time");
        event_.code = *code;
        event_.rule = find_rule(*code);
        event_.verdict = *verdict;
        event_.time_ns = *ms * kMillisecond;
        event_.time = time_text(event_.time_ns, 0);
        if (auto done = row(*extra, "policy_row"); !done)
            return done;
        if (At list = child(whole, "evidences"); list) {
            const auto& items = list.value->children;
            for (std::size_t i = 0; i < items.size() && event_.flow.family == 0; i++) {
                At end = child(item(list, i), "dst_endpoint");
                if (!end)
                    continue;
                if (auto done = remote(end, "ip"); !done)
                    return done;
            }
        }
        return facts(child(*extra, "allow"));
    }

    // A line of `davylamp dump`.
    Result<> record(const At& whole)
    {
        auto decision = needed(whole, "decision", JsonValue::Kind::object, "object");
        if (!decision)
            return wrong(whole, "a record that decided nothing",
                         "give one of the kinds chain, image, pool or stratum");
        auto code = text(*decision, "rule");
        auto verdict = text(whole, "verdict");
        auto time = text(whole, "time");
        for (const auto* part : {&code, &verdict, &time}) {
            if (!*part)
                return fail(part->error());
        }
        auto seconds = parse_expiry(*time);
        if (!seconds)
            return wrong(child(whole, "time"), seconds.error().what);
        event_.code = *code;
        event_.rule = find_rule(*code);
        event_.verdict = *verdict;
        event_.time = *time;
        event_.time_ns = *seconds * kSecond;
        if (auto done = row(*decision, "row"); !done)
            return done;
        if (At flow = child(whole, "flow")) {
            if (auto done = remote(flow, "remote"); !done)
                return done;
        }
        return facts(child(whole, "allow"));
    }

    JudgedEvent event_;
};

} // namespace

Result<JudgedEvent> read_judged_event(std::string_view text, const std::string& name)
{
    auto root = read_document(text, name);
    if (!root)
        return fail(std::move(root.error()));
    return EventReader(name).read(*root);
}

} // namespace davylamp
