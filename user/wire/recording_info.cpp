// SPDX-License-Identifier: Apache-2.0
#include "wire/recording_info.h"

#include <nlohmann/json.hpp>

namespace davylamp::recording {

namespace {

using Json = nlohmann::ordered_json;

struct TextKey {
    std::string_view name;
    std::string RecordingInfo::*field;
};

constexpr TextKey kTextKeys[] = {
    {"version", &RecordingInfo::version},       {"hostname", &RecordingInfo::hostname},
    {"kernel", &RecordingInfo::kernel},         {"boot_id", &RecordingInfo::boot_id},
    {"machine_id", &RecordingInfo::machine_id}, {"os_name", &RecordingInfo::os_name},
    {"policy", &RecordingInfo::policy},
};
constexpr std::string_view kOffset = "realtime_offset_ns";

// A tree of 4 MiB of brackets would take some hundred MiB. So there is no tree: members of the
// outermost object go straight to their fields, and the rest is dropped.
class Reader : public nlohmann::json_sax<Json> {
public:
    explicit Reader(RecordingInfo& info) : info_(info) {}

    bool key(std::string& name) override
    {
        if (depth_ == 1)
            key_ = name;
        return true;
    }
    bool string(std::string& value) override
    {
        for (const TextKey& text : kTextKeys) {
            if (depth_ == 1 && key_ == text.name)
                info_.*text.field = value;
        }
        return true;
    }
    bool number_integer(std::int64_t value) override
    {
        if (depth_ == 1 && key_ == kOffset)
            info_.realtime_offset_ns = value;
        return true;
    }
    bool number_unsigned(std::uint64_t value) override
    {
        return number_integer(static_cast<std::int64_t>(value));
    }
    bool start_object(std::size_t) override { return enter(); }
    bool end_object() override { return leave(); }
    bool start_array(std::size_t) override { return depth_ != 0 && enter(); }
    bool end_array() override { return leave(); }
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_float(double, const std::string&) override { return true; }
    bool binary(Json::binary_t&) override { return true; }
    bool parse_error(std::size_t, const std::string&, const Json::exception&) override
    {
        return false;
    }

private:
    bool enter()
    {
        depth_++;
        return true;
    }
    bool leave()
    {
        depth_--;
        return true;
    }

    RecordingInfo& info_;
    std::string key_;
    std::size_t depth_ = 0;
};

} // namespace

std::string info_json(const RecordingInfo& info)
{
    Json out = Json::object();
    for (const TextKey& text : kTextKeys)
        out[std::string(text.name)] = info.*text.field;
    out[std::string(kOffset)] = info.realtime_offset_ns;
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

RecordingInfo parse_info(std::string_view json)
{
    RecordingInfo info;
    Reader reader(info);
    (void)Json::sax_parse(json, &reader);
    return info;
}

} // namespace davylamp::recording
