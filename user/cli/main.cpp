// SPDX-License-Identifier: Apache-2.0
// Parses and dispatches; the program is libraries plus this.
#include <exception>
#include <iostream>
#include <vector>

#include "cli/commands.h"

int main(int argc, char** argv)
{
    using namespace davylamp;
    CLI::App app(
        "davylamp shows and stops cryptojacking on this host: downloads fed to an interpreter,"
        "\ndeleted executables, Stratum connections. In the kernel it decides, here it explains.",
        "davylamp");
    app.set_version_flag("--version", std::string("davylamp ") + DAVYLAMP_VERSION);
    app.require_subcommand(1);
    app.footer(
        "Exit codes: 0 fine, 1 failure, 2 usage or policy error, 86 a certain alert under guard.");

    std::vector<std::pair<CLI::App*, Command>> commands;
    auto add = [&](const char* name, const char* what, Command (*declare)(CLI::App&)) {
        CLI::App* command = app.add_subcommand(name, what);
        commands.emplace_back(command, declare(*command));
    };
    add("run", "The sensor: watch this host, or one cgroup of it, until SIGTERM", declare_run);
    add("guard", "Run one command in a cgroup of its own under the sensor", declare_guard);
    add("replay", "Feed a recording to the same engine and print the same alerts", declare_replay);
    add("dump", "Print a recording as JSON lines, one a record", declare_dump);
    add("doctor", "Say what this host supports, and what to change", declare_doctor);
    add("policy", "Validate a policy file, or show the policy in force", declare_policy);

    try {
        app.parse(argc, argv);
        for (auto& [command, action] : commands) {
            if (command->parsed())
                return action();
        }
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kExitFine : kExitUsage;
    } catch (const std::exception& error) {
        std::cerr << "davylamp: error: " << error.what() << "\n";
        return kExitFailure;
    }
    return kExitUsage;
}
