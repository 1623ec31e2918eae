// SPDX-License-Identifier: Apache-2.0
// An alert for a person at a terminal: the whole story at one look, a dozen lines or so.
#include <cstdio>
#include <string>
#include <string_view>

#include "base/text.h"
#include "report/attack_table.h"
#include "report/phrases.h"
#include "report/report.h"
#include "report/told.h"
#include "wire/event_json.h"
#include "wire/names.h"

namespace davylamp {

namespace {

constexpr std::size_t kCommandMax = 160; // bytes of a command line, before escaping
constexpr std::size_t kValueMax = 200;   // of anything else from outside
constexpr std::size_t kPartiesShown = 3; // with lines of their own; the others share one
constexpr std::size_t kAncestorsShown = 6;
constexpr int kLabelWidth = 12;

constexpr std::string_view kSeverities[] = {"UNKNOWN", "INFO",     "LOW",  "MEDIUM",
                                            "HIGH",    "CRITICAL", "FATAL"};

// Cut between characters, with a mark.
std::string clip(std::string_view raw, std::size_t max)
{
    if (raw.size() <= max)
        return escape_for_terminal(raw);
    std::size_t end = max;
    while (end > max - 4 && (static_cast<unsigned char>(raw[end]) & 0xc0) == 0x80)
        end--;
    return escape_for_terminal(raw.substr(0, end)) + "…";
}

// Quoted as a shell would need it where an argument is empty or holds a blank or a quote.
std::string command_line(const ProcessInfo& process)
{
    std::string raw;
    for (const std::string& arg : process.args) {
        raw += raw.empty() ? "" : " ";
        bool plain = !arg.empty() && arg.find_first_of(" \t\n'\"|;&<>$`") == arg.npos;
        raw += plain ? arg : "'" + arg + "'";
    }
    std::string out = clip(raw, kCommandMax);
    return process.args_cut && raw.size() <= kCommandMax ? out + "…" : out;
}

std::string name_of(const ProcessInfo& process)
{
    const std::string& name = process.comm.empty() ? process.image_name : process.comm;
    std::string pid = std::to_string(process.id.tgid);
    return name.empty() ? "pid " + pid : clip(name, kValueMax) + " (" + pid + ")";
}

std::string lineage(const AlertParty& party)
{
    std::string out;
    std::size_t shown = 0;
    for (const ProcessInfo& ancestor : party.ancestors) {
        if (shown++ == kAncestorsShown) {
            out += " ← …";
            break;
        }
        out += (out.empty() ? "started by " : " ← ") + name_of(ancestor);
    }
    return out;
}

std::string image(const ProcessInfo& process)
{
    std::string out = clip(process.image_path, kValueMax);
    // /bin/sh is dash, a script is its interpreter: the file that runs is named as well.
    std::size_t slash = process.image_path.rfind('/');
    std::string_view last =
        std::string_view(process.image_path).substr(slash == std::string::npos ? 0 : slash + 1);
    if (!process.image_name.empty() && last != process.image_name)
        out += (out.empty() ? "" : " = ") + clip(process.image_name, kValueMax);
    if (process.image_known && process.image_nlink == 0)
        out += out.empty() ? "deleted" : " (deleted)";
    return out;
}

// Nothing where the process is the host's own.
std::string place(const ProcessInfo& process)
{
    if (!process.contained())
        return {};
    std::string out;
    auto add = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
    if (process.place && !process.place->container.id.empty()) {
        const ContainerName& name = process.place->container;
        add("in container " + clip(name.id, kValueMax) +
            (name.runtime.empty() ? "" : " (" + name.runtime + ")"));
    } else {
        add("in a world of its own");
    }
    if (process.id.own_tgid != 0)
        add("pid " + std::to_string(process.id.own_tgid) + " there");
    if (!process.place)
        return out;
    if (!process.place->cgroup.empty())
        add("cgroup " + clip(process.place->cgroup, DAVY_CGROUP_PATH_MAX));
    if (!process.place->path.empty())
        add("image " + clip(process.place->path, DAVY_PLACE_PATH_MAX) +
            (process.place->host_path.empty()
                 ? ", which the host does not see"
                 : ", on the host " + clip(process.place->host_path, DAVY_PLACE_PATH_MAX)));
    return out;
}

class Lines {
public:
    explicit Lines(std::string first) : out_(std::move(first) + "\n") {}

    void add(std::string_view label, const std::string& text)
    {
        if (text.empty())
            return;
        out_ += "  ";
        out_ += label;
        out_.append(label.size() < kLabelWidth ? kLabelWidth - label.size() : 1, ' ');
        out_ += text + "\n";
    }
    void plain(const std::string& text) { out_ += "  " + text + "\n"; }
    std::string take() { return std::move(out_); }

private:
    std::string out_;
};

void add_party(Lines& lines, const AlertParty& party, bool first)
{
    const ProcessInfo& process = party.process;
    std::string head = name_of(process);
    if (process.ids_known) {
        head += " uid " + std::to_string(process.uid);
        if (process.euid != process.uid)
            head += " euid " + std::to_string(process.euid);
    }
    if (std::string command = command_line(process); !command.empty())
        head += ": " + command;
    lines.add(role_name(party.role), head);
    std::string second = image(process);
    if (std::string elders = lineage(party); first && !elders.empty())
        second += (second.empty() ? "" : ", ") + elders;
    if (second == process.comm) // says nothing new
        second.clear();
    lines.add("", second);
    lines.add("", place(process));
}

std::string flow_line(const davy_flow& flow)
{
    if (flow.family == 0)
        return {};
    auto end = [](const std::uint8_t(&address)[16], std::uint16_t port) {
        std::string text = address_text(address);
        return (text.find(':') == text.npos ? text : "[" + text + "]") + ":" + std::to_string(port);
    };
    std::string protocol = flow.protocol == 6    ? "tcp"
                           : flow.protocol == 17 ? "udp"
                                                 : "protocol " + std::to_string(flow.protocol);
    std::string from = flow.local_port != 0 ? end(flow.local, flow.local_port) + " " : "";
    return from + "→ " + end(flow.remote, flow.remote_port) + " " + protocol;
}

std::string tag(const Alert& alert)
{
    std::uint16_t did = alert.decision.did;
    if (alert.verdict < DAVY_DENY)
        return alert.would_block ? "monitor" : "reported";
    std::string out;
    if (did & (DAVY_DID_REFUSE | DAVY_DID_DROP))
        out = "blocked";
    if (did & (DAVY_DID_KILL_CURRENT | DAVY_DID_KILL_PEER))
        out += out.empty() ? "killed" : ", killed";
    if (did & (DAVY_DID_STOP_CURRENT | DAVY_DID_STOP_PEER))
        out += out.empty() ? "stopped, to be killed" : ", stopped, to be killed";
    if (out.empty())
        out = !alert.to_kill.empty()      ? "to be killed"
              : !alert.left_alive.empty() ? "left alive"
                                          : "NOT ENFORCED";
    return out;
}

std::string clock_text(std::uint64_t time_ns, std::int64_t offset_ns)
{
    auto ns = static_cast<std::int64_t>(time_ns + static_cast<std::uint64_t>(offset_ns));
    std::int64_t ms = ns / 1'000'000 - (ns % 1'000'000 < 0 ? 1 : 0);
    std::int64_t of_day = ((ms % 86'400'000) + 86'400'000) % 86'400'000;
    char text[16];
    std::snprintf(text, sizeof text, "%02d:%02d:%02d.%03d", static_cast<int>(of_day / 3'600'000),
                  static_cast<int>(of_day / 60'000 % 60), static_cast<int>(of_day / 1000 % 60),
                  static_cast<int>(of_day % 1000));
    return text;
}

} // namespace

std::string alert_text(const Alert& alert, const RecordingInfo& host)
{
    std::size_t severity = alert.severity >= 0 && alert.severity <= 6 ? alert.severity : 0;
    Lines lines(clock_text(alert.time_ns, host.realtime_offset_ns) + " " +
                std::string(kSeverities[severity]) + " " + clip(alert_code(alert), kValueMax) +
                " " + clip(alert_title(alert), kValueMax) + " [" + tag(alert) + "]");
    lines.plain(clip(alert_message(alert), 3 * kValueMax) + ".");

    std::string others;
    for (std::size_t i = 0; i < alert.parties.size(); i++) {
        if (i < kPartiesShown)
            add_party(lines, alert.parties[i], i == 0);
        else
            others += (others.empty() ? "" : ", ") + std::string(role_name(alert.parties[i].role)) +
                      " " + name_of(alert.parties[i].process);
    }
    lines.add("also", others);
    lines.add("flow", flow_line(alert.flow));

    std::string facts;
    for (const auto& [name, value] : alert_facts(alert))
        facts += (facts.empty() ? "" : ", ") + clip(name, kValueMax) + " " + clip(value, kValueMax);
    lines.add("facts", facts);
    lines.add("policy", clip(alert.policy_note, kValueMax));
    lines.add("action", clip(alert_action(alert), 3 * kValueMax));

    std::string attack;
    for (const AttackRow* row : attack_rows(alert))
        attack += (attack.empty() ? "" : ", ") + std::string(row->id());
    std::string incident = "incident " + std::to_string(alert.incident);
    if (alert.repeats != 0)
        incident += ", " + std::to_string(alert.repeats) + " more like it since the last report";
    lines.add("ATT&CK", attack + (attack.empty() ? "" : "; ") + incident);
    return lines.take();
}

} // namespace davylamp
