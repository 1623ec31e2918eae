// SPDX-License-Identifier: Apache-2.0
#include "engine/severity.h"

namespace davylamp {

namespace {

constexpr int kLow = 2, kMedium = 3, kHigh = 4, kCritical = 5;

// By the image's file name: servers that take requests from strangers, and start a shell when they
// have been taken over. sshd is none: its shells are what it is for.
struct Service {
    std::string_view name;
    bool versioned; // "php-fpm8.2": the name goes on
};
constexpr Service kServices[] = {
    {"nginx", false},     {"apache2", false},  {"httpd", false},    {"lighttpd", false},
    {"caddy", false},     {"php-fpm", true},   {"php-cgi", true},   {"uwsgi", false},
    {"gunicorn", false},  {"unicorn", false},  {"puma", false},     {"java", false},
    {"node", false},      {"nodejs", false},   {"beam.smp", false}, {"redis-server", false},
    {"mysqld", false},    {"mariadbd", false}, {"postgres", false}, {"mongod", false},
    {"memcached", false}, {"exim4", false},    {"vsftpd", false},   {"proftpd", false},
    {"dockerd", false},   {"kubelet", false},
};

std::string service_name(const ProcessInfo& process)
{
    for (const Service& service : kServices) {
        if (process.image_name == service.name ||
            (service.versioned && process.image_name.starts_with(service.name)))
            return process.image_name;
    }
    return {};
}

} // namespace

bool is_service_account(std::uint32_t uid)
{
    // Debian Policy 9.2.2 (0-999 are the system's, 65534 is nobody); systemd's dynamic users.
    return (uid > 0 && uid < 1000) || uid == 65534 || (uid >= 61184 && uid <= 65519);
}

bool is_world_writable_place(std::string_view path)
{
    return path.starts_with("/tmp/") || path.starts_with("/var/tmp/") ||
           path.starts_with("/dev/shm/") || path.starts_with("/run/shm/");
}

bool is_home(std::string_view path)
{
    return path.starts_with("/home/") || path.starts_with("/root/");
}

std::string network_service(const AlertParty& party)
{
    for (const ProcessInfo& ancestor : party.ancestors) {
        if (std::string name = service_name(ancestor); !name.empty())
            return name;
    }
    return {};
}

int severity_of(const Alert& alert, const SeverityHints& hints)
{
    switch (alert.decision.rule) {
    case DAVY_RULE_CHAIN_PIPE:
    case DAVY_RULE_CHAIN_SOCKET:
    case DAVY_RULE_CHAIN_FILE:
    case DAVY_RULE_CHAIN_TEXT:
    case DAVY_RULE_CHAIN_ONE_LINER: {
        if (alert.parties.empty())
            return kHigh;
        const AlertParty& sink = alert.parties.front();
        bool service = (sink.process.ids_known && is_service_account(sink.process.uid)) ||
                       !network_service(sink).empty();
        // An administrator fetches a tool into /usr/local/bin; a dropper lies where anybody may
        // write.
        if (alert.decision.rule == DAVY_RULE_CHAIN_FILE && !hints.open_place)
            return service ? kHigh : kMedium;
        return service ? kCritical : kHigh;
    }
    case DAVY_RULE_IMAGE_FILELESS:
        return hints.connected || hints.net_fed || hints.burns || hints.stratum ? kCritical : kHigh;
    case DAVY_RULE_IMAGE_TALKING:
        return hints.open_place || hints.memfd || hints.net_fed || hints.burns || hints.stratum
                   ? kCritical
                   : kHigh;
    case DAVY_RULE_IMAGE_REMOVED:
    case DAVY_RULE_IMAGE_FOUND:
    case DAVY_RULE_IMAGE_STARTING: {
        bool suspect = hints.open_place || hints.remover_in_lineage || hints.memfd || hints.net_fed;
        if (hints.stratum || (hints.burns && suspect))
            return kCritical;
        return hints.burns || suspect ? kHigh : kMedium;
    }
    case DAVY_RULE_IMAGE_DENIED: return hints.stratum ? kCritical : kHigh;
    case DAVY_RULE_STRATUM_PAYLOAD: return kCritical;
    case DAVY_RULE_STRATUM_POOL:
    case DAVY_RULE_STRATUM_NAME: return kHigh;
    case DAVY_RULE_STRATUM_QUESTION: return kLow;
    default: return kMedium;
    }
}

} // namespace davylamp
