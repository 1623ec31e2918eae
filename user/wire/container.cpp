// SPDX-License-Identifier: Apache-2.0
#include "wire/container.h"

#include <algorithm>

namespace davylamp {

namespace {

constexpr std::size_t kIdLength = 64;
constexpr std::string_view kScope = ".scope", kService = ".service";

// Runtimes that hand their containers to systemd, by the prefix of the unit.
struct Runtime {
    std::string_view prefix, name;
};
constexpr Runtime kRuntimes[] = {
    {"docker-", "docker"},
    {"cri-containerd-", "cri-containerd"},
    {"crio-", "crio"},
    {"libpod-", "libpod"},
};

bool is_id(std::string_view text)
{
    return text.size() == kIdLength && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

// What stands between the two, or nothing.
std::string_view between(std::string_view text, std::string_view before, std::string_view behind)
{
    if (text.size() <= before.size() + behind.size() || !text.starts_with(before) ||
        !text.ends_with(behind))
        return {};
    return text.substr(before.size(), text.size() - before.size() - behind.size());
}

// systemd escapes a unit's name: "-" is \x2d there.
std::string unescaped(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        bool dash = text.starts_with("\\x2d");
        out += dash ? '-' : text.front();
        text.remove_prefix(dash ? 4 : 1);
    }
    return out;
}

// `above`: the path of the folders around the component.
ContainerName named_by(std::string_view component, std::string_view above)
{
    for (const Runtime& runtime : kRuntimes) {
        std::string_view id = between(component, runtime.prefix, kScope);
        if (is_id(id))
            return {std::string(id), std::string(runtime.name)};
    }
    if (is_id(component)) {
        if (above.ends_with("/docker"))
            return {std::string(component), "docker"};
        if (above.find("/kubepods") != above.npos)
            return {std::string(component), {}};
    }
    if (std::string_view name = between(component, "libpod-", {}); is_id(name))
        return {std::string(name), "libpod"};
    if (std::string_view name = between(component, "lxc.payload.", {}); !name.empty())
        return {std::string(name), "lxc"};
    if (above.find("/machine.slice") != above.npos) {
        std::string_view name = between(component, "machine-", kScope);
        if (name.empty())
            name = between(component, "systemd-nspawn@", kService);
        if (!name.empty())
            return {unescaped(name), "machined"};
    }
    return {};
}

} // namespace

ContainerName container_of(std::string_view path)
{
    while (!path.empty()) {
        std::size_t slash = path.rfind('/');
        if (slash == path.npos)
            break;
        ContainerName found = named_by(path.substr(slash + 1), path.substr(0, slash));
        if (!found.id.empty())
            return found;
        path = path.substr(0, slash);
    }
    return {};
}

} // namespace davylamp
