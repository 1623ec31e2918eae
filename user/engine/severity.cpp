// SPDX-License-Identifier: Apache-2.0
#include "engine/severity.h"

#include "engine/rule_book.h"

namespace davylamp {

namespace {

// By the image's file name: servers that take requests from strangers, and that start a shell when
// somebody has broken into them. sshd is none: its shells are what it is for.
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

// Where nobody is known, nobody is a service.
bool run_by_service(const Alert& alert)
{
    if (alert.parties.empty())
        return false;
    const AlertParty& first = alert.parties.front();
    return (first.process.ids_known && is_service_account(first.process.uid)) ||
           !network_service(first).empty();
}

// The finding of the rule's own kind; an empty one where an alert has none.
template <class Finding> Finding finding_of(const Alert& alert)
{
    const auto* finding = std::get_if<Finding>(&alert.finding);
    return finding ? *finding : Finding{};
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

FilePlace file_place(std::string_view path)
{
    return is_world_writable_place(path) ? FilePlace::world_writable
           : is_home(path)               ? FilePlace::home
                                         : FilePlace::elsewhere;
}

int chain_severity(const Alert& alert)
{
    return run_by_service(alert) ? kSeverityCritical : kSeverityHigh;
}

// An administrator fetches a tool into /usr/local/bin; a dropper lies where anybody may write.
int download_severity(const Alert& alert)
{
    const auto file = finding_of<ChainFinding>(alert).file;
    if (file && file->place == FilePlace::world_writable)
        return chain_severity(alert);
    return run_by_service(alert) ? kSeverityHigh : kSeverityMedium;
}

int fileless_severity(const Alert& alert)
{
    const auto image = finding_of<ImageFinding>(alert);
    return image.connected || image.net_fed || image.is_busy() || image.mines ? kSeverityCritical
                                                                              : kSeverityHigh;
}

int talking_severity(const Alert& alert)
{
    const auto image = finding_of<ImageFinding>(alert);
    return image.in_open_place() || image.is_memfd() || image.net_fed || image.is_busy() ||
                   image.mines
               ? kSeverityCritical
               : kSeverityHigh;
}

int missing_image_severity(const Alert& alert)
{
    const auto image = finding_of<ImageFinding>(alert);
    bool suspect =
        image.in_open_place() || image.remover_in_lineage || image.is_memfd() || image.net_fed;
    if (image.mines || (image.is_busy() && suspect))
        return kSeverityCritical;
    return image.is_busy() || suspect ? kSeverityHigh : kSeverityMedium;
}

int denied_severity(const Alert& alert)
{
    return finding_of<ImageFinding>(alert).mines ? kSeverityCritical : kSeverityHigh;
}

// A server may greet anybody with a pool's words.
int stratum_severity(const Alert& alert)
{
    const auto* stratum = std::get_if<StratumFinding>(&alert.finding);
    return stratum && stratum->direction != DAVY_TO_SERVER ? kSeverityMedium : kSeverityCritical;
}

int severity_of(const Alert& alert)
{
    const RuleRow* rule = find_rule(alert.decision.rule);
    if (!rule)
        return kSeverityMedium;
    return rule->severity.decide ? rule->severity.decide(alert) : rule->severity.plain;
}

} // namespace davylamp
