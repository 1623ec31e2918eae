// SPDX-License-Identifier: Apache-2.0
// Whether a shell's own program has the command that it runs.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "davylamp/rules/own_command.h"

namespace davylamp {
namespace {

bool own(std::string_view command, std::string_view text, std::uint8_t as = DAVY_OWN_COMMAND)
{
    davy_own state;
    davy_own_begin(&state);
    state.as = as;
    for (char byte : command)
        davy_own_command(&state, static_cast<std::uint8_t>(byte));
    davy_own_text(&state);
    for (char byte : text) {
        if (davy_own_step(&state, static_cast<std::uint8_t>(byte)))
            break;
    }
    return davy_own_end(&state);
}

constexpr std::string_view kMkdir{"mkdir\0-p\0/opt/case\0", 20};

const struct {
    const char* name;
    std::string_view command, text;
    bool expected;
} kPrograms[] = {
    {"a line", kMkdir, "#!/bin/sh\nmkdir -p /opt/case\ntrue\n", true},
    {"the last line", kMkdir, "true\nmkdir -p /opt/case", true},
    {"among others", kMkdir, "cd /; mkdir -p /opt/case; ls", true},
    {"in a condition", kMkdir, "if ! mkdir  -p\t/opt/case;then", true},
    {"in brackets", kMkdir, "x=$(mkdir -p /opt/case)", true},
    {"quoted", kMkdir, "mkdir -p \"/opt/case\" && :", true},
    {"over two lines", kMkdir, "mkdir \\\n  -p /opt/case\n", true},
    {"text after -c", std::string_view("sh\0-c\0a b; c", 12), "x && sh -c 'a b; c' || y", true},
    {"its beginning once before", kMkdir, "mkdir -p /opt/x; mkdir -p mkdir -p /opt/case\n", true},
    {"a word that goes on", kMkdir, "mkdir -p /opt/cases\n", false},
    {"a word that begins before", kMkdir, "xmkdir -p /opt/case\n", false},
    {"the first word alone", kMkdir, "mkdir -p $DIR\n", false},
    {"nothing", "", "mkdir -p /opt/case\n", false},
    {"no text", kMkdir, "", false},
};

TEST(OwnCommand, Table)
{
    for (const auto& one : kPrograms)
        EXPECT_EQ(own(one.command, one.text), one.expected) << one.name;
}

// $NAME is what the text gave it, where that is literal.
TEST(OwnCommand, AVariableOfItsOwn)
{
    const std::string restart = "systemctl restart grafana-server";
    for (const char* text :
         {"SERVICE=grafana-server\nsystemctl restart $SERVICE\n",
          "SERVICE='grafana-server'; systemctl restart \"$SERVICE\"; x",
          "export SERVICE=\"grafana-server\"\nif systemctl restart \"${SERVICE}\"; then",
          "N=grafana\nsystemctl restart $N-server", "N=grafana; systemctl restart ${N}-server",
          "C=systemctl\nA=1 \"$C\" restart grafana-server",
          "A=/x B=systemctl\n$A; $B restart grafana-server\n",
          "S=other\nS=grafana-server\nsystemctl restart $S",
          "S=\"restart grafana-server\"; systemctl $S",
          "f() { local S=grafana-server; systemctl restart $S; }"})
        EXPECT_TRUE(own(restart, text)) << text;
    for (const char* text :
         {"SERVICE=$(cat f)\nsystemctl restart $SERVICE\n", "systemctl restart $SERVICE\n",
          "SERVICE=grafana\nsystemctl restart $SERVICE\n",
          "SERVICE=grafana-server\nSERVICE=`x`\nsystemctl restart $SERVICE\n",
          "SERVICE=grafana-server\nsystemctl restart $SERVICE2\n",
          "SERVICE=grafana-server\nsystemctl restart ${SERVICE:-x}\n",
          "SERVICE=grafana-server\nsystemctl restart ${SERVICE}s\n",
          "SERVICE=grafana-server\nxsystemctl restart x $SERVICE\n",
          "SERVICE=grafana-*\nsystemctl restart $SERVICE\n",
          "--SERVICE=grafana-server; systemctl restart $SERVICE",
          "C=systemctl; a$C restart grafana-server", "S=$1; systemctl restart $S"})
        EXPECT_FALSE(own(restart, text)) << text;
    EXPECT_TRUE(own("echo ${N}s", "N=x; echo ${N}s")) << "what is evaluated is not expanded yet";
}

// Beside an operator bash writes blanks its own way.
TEST(OwnCommand, BlanksBesideOperators)
{
    EXPECT_TRUE(own("cd \"$(dirname \"$0\")\" > /dev/null && pwd",
                    "here=$(cd \"$(dirname \"$0\")\" >/dev/null&&pwd)"));
    EXPECT_FALSE(own("a b", "a|b"));
}

// What a shell evaluates must stand where the text evaluates it.
TEST(OwnCommand, Evaluated)
{
    for (const char* text : {"arch=$(uname -m)\n", "a=x-$( uname -m )-y", "a=`uname -m`",
                             "eval 'uname -m'", "eval uname -m\n", "trap \"uname -m\" EXIT",
                             "trap -- 'uname -m' EXIT", "N=uname\neval \"$N -m\""})
        EXPECT_TRUE(own("uname -m", text, DAVY_OWN_EVALUATED)) << text;
    for (const char* text : {"uname -m\n", "xeval 'uname -m'", "echo 'uname -m'", "(uname -m)",
                             "$(uname -mr)", "a=$(x; uname -m)", "straptrap uname -m"})
        EXPECT_FALSE(own("uname -m", text, DAVY_OWN_EVALUATED)) << text;
}

// A here-document counts as a whole.
TEST(OwnCommand, Document)
{
    const std::string code = "import sys\n\nprint(\"a b\")\n";
    for (const char* text : {"python3 - <<'E'\nimport sys\n\nprint(\"a b\")\nE\necho",
                             "x\npython3 <<E\n\nimport "
                             "sys\nprint(\"a b\")\nE",
                             "python3 <<-E > f\n\timport sys\n\tprint(\"a b\")\n\tE",
                             "python3 - <<< 'import sys\nprint(\"a b\")'\n",
                             "python3 - <<< 'import "
                             "sys\nprint(\"a b\")'"})
        EXPECT_TRUE(own(code, text, DAVY_OWN_DOCUMENT)) << text;
    for (const char* text :
         {"python3 - <<E\nimport sys\nprint(\"a b\"); x\nE", "E\nimport sys\nprint(\"a b\")\nE",
          "python3 - <<E\nx\nimport sys\nprint(\"a b\")\nE", "x <<E\nimport sys\nE",
          "python3 - <<E\nimport sys\nprint(\"a b\") x\nE", "# import sys\nprint(\"a b\")\n"})
        EXPECT_FALSE(own(code, text, DAVY_OWN_DOCUMENT)) << text;
    EXPECT_TRUE(own("cd /opt/x\nls\n", "D=/opt/x\nsh <<E\ncd $D\nls\nE\n", DAVY_OWN_DOCUMENT));
    EXPECT_FALSE(own("cd /opt/x\nls\n", "D=$1\nsh <<E\ncd $D\nls\nE\n", DAVY_OWN_DOCUMENT));
    EXPECT_TRUE(own("cd /opt; ls -", "sh <<E\ncd /opt; ls -l\nE\n", DAVY_OWN_BEGINNING));
    EXPECT_FALSE(own("cd /opt; ls -", "sh <<E\ncd /opt; ls\nE\n", DAVY_OWN_BEGINNING));
    EXPECT_FALSE(own("ls -l", "# ls -l\nsh <<< \"$x\"\nls -l\n", DAVY_OWN_DOCUMENT));
}

// What is not compared to its end may go on differently.
TEST(OwnCommand, ACommandThatIsTooLongIsNotKnown)
{
    const std::string most(DAVY_OWN_BYTES, 'x'), more = most + "x";
    EXPECT_TRUE(own(most, "a " + most + " b"));
    EXPECT_FALSE(own(more, "a " + more + " b"));
}

} // namespace
} // namespace davylamp
