// davylamp policy check|show.
#include <cstdio>
#include <memory>

#include "cli/commands.h"

namespace davylamp {

Command declare_policy(CLI::App& app)
{
    auto options = std::make_shared<PolicyOptions>();
    auto show = std::make_shared<bool>(false);
    app.require_subcommand(1);
    CLI::App* check = app.add_subcommand("check", "Validate FILE; silent and 0 when it is good");
    check->add_option("file", options->file, "Policy file")->required()->type_name("FILE");
    CLI::App* print =
        app.add_subcommand("show", "Print the policy that FILE makes over the defaults");
    print->add_option("file", options->file, "Policy file; without it the built-in policy")
        ->type_name("FILE");
    print->callback([show] { *show = true; });
    app.footer("docs/policy.md has every key.");
    return [options, show] {
        auto policy = effective_policy(*options);
        if (!policy)
            return complain(policy.error(), kExitUsage);
        if (*show)
            std::printf("%s\n", policy_json(*policy).c_str());
        return kExitFine;
    };
}

} // namespace davylamp
