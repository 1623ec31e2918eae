// SPDX-License-Identifier: Apache-2.0
#include "evidence/manifest.h"

#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace davylamp {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr const char* kUnfinished = ".manifest.json";

std::tm utc(std::int64_t realtime_ns)
{
    std::time_t seconds = realtime_ns / 1'000'000'000;
    std::tm out{};
    gmtime_r(&seconds, &out);
    return out;
}

Json item_json(const Item& item)
{
    Json out;
    out["saved"] = item.saved;
    if (item.saved) {
        out["whole"] = item.whole;
        out["size"] = item.size;
        out["sha256"] = item.sha256 ? Json(hex_text(*item.sha256)) : Json();
    }
    if (!item.why.empty())
        out["why"] = item.why;
    return out;
}

Json image_json(const Manifest& manifest)
{
    if (manifest.image_device.empty())
        return nullptr;
    char mode[16];
    std::snprintf(mode, sizeof mode, "%07o", manifest.image_mode);
    return {{"device", manifest.image_device},
            {"inode", manifest.image_inode},
            {"mode", mode},
            {"links", manifest.image_links},
            {"size", manifest.image_size}};
}

} // namespace

std::string manifest_text(const Manifest& manifest)
{
    utsname host{};
    ::uname(&host);
    Json out;
    out["format"] = kFormat;
    out["davylamp"] = DAVYLAMP_VERSION;
    out["host"] = host.nodename;
    out["kernel"] = host.release;
    out["rule"] = manifest.code;
    out["target"] = {{"pid", manifest.target.tgid},
                     {"start_ns", manifest.target.start_ns},
                     {"ended", manifest.target_ended}};
    out["time"] = exact_time(manifest.realtime_ns);
    out["boottime_ns"] = manifest.boottime_ns;
    out["took_ms"] = manifest.took_ms;
    out["image"] = image_json(manifest);
    Json& items = out["items"] = Json::object();
    for (const Item& item : manifest.items)
        items[item.name] = item_json(item);
    return out.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

int write_manifest(int folder, std::string_view text)
{
    UniqueFd file(
        ::openat(folder, kUnfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file)
        return errno;
    while (!text.empty()) {
        ssize_t size = ::write(file.get(), text.data(), text.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return size < 0 ? errno : EIO;
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    return ::renameat(folder, kUnfinished, folder, kManifestName) == 0 ? 0 : errno;
}

std::string compact_time(std::int64_t realtime_ns)
{
    std::tm time = utc(realtime_ns);
    char text[32];
    std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &time);
    return text;
}

std::string exact_time(std::int64_t realtime_ns)
{
    std::tm time = utc(realtime_ns);
    char seconds[32], text[64];
    std::strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &time);
    std::snprintf(text, sizeof text, "%s.%09dZ", seconds,
                  static_cast<int>(realtime_ns % 1'000'000'000));
    return text;
}

} // namespace davylamp
