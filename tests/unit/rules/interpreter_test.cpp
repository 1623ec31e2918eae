// SPDX-License-Identifier: Apache-2.0
// Names of images: whole, and without a version.
#include "davylamp/rules/interpreter.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

std::uint64_t hash_of(std::string_view text)
{
    std::uint64_t hash = DAVY_HASH_BEGIN;
    for (char byte : text)
        hash = davy_hash_step(hash, static_cast<__u8>(byte));
    return hash;
}

davy_name_state fed(std::string_view name)
{
    davy_name_state state;
    davy_name_begin(&state);
    for (char byte : name)
        davy_name_step(&state, static_cast<__u8>(byte));
    return state;
}

struct Name {
    const char* name;
    const char* stem;
};

TEST(InterpreterName, LosesItsVersion)
{
    const Name names[] = {
        {"python3.11", "python"},
        {"python3", "python"},
        {"python", "python"},
        {"python2.7", "python"},
        {"python3.11-dbg", "python"},
        {"python-3.12.1", "python"},
        {"pypy3.10", "pypy"},
        {"perl5.36.0", "perl"},
        {"perl5.36-x86_64-linux-gnu", "perl"},
        {"php8.2", "php"},
        {"lua5.4", "lua"},
        {"luajit-2.1.0", "luajit"},
        {"ruby3.1", "ruby"},
        {"node-18", "node"},
        {"node18", "node"},
        {"nodejs", "nodejs"},
        {"bash-5.2", "bash"},
        {"bash", "bash"},
        {"sh", "sh"},
        {"ksh93", "ksh"}, // listed whole as well: the whole name is asked first
        {"zsh-5.9", "zsh"},
        {"busybox-1.36.1", "busybox"},
    };
    for (const Name& name : names) {
        davy_name_state state = fed(name.name);
        EXPECT_EQ(davy_name_full(&state), hash_of(name.name)) << name.name;
        EXPECT_EQ(davy_name_stem(&state), hash_of(name.stem)) << name.name;
    }
}

// Servers and tools that read requests, not code, from their standard input.
TEST(InterpreterName, KeepsWhatIsNoVersion)
{
    const Name names[] = {
        {"lua-language-server", "lua-language-server"},
        {"node-exporter", "node-exporter"},
        {"node_exporter-1.8.2", "node_exporter"},
        {"php-fpm8.2", "php-fpm"},
        {"php-fpm", "php-fpm"},
        {"ruby-lsp", "ruby-lsp"},
        {"perl-language-server", "perl-language-server"},
        {"sh.distrib", "sh.distrib"},
        {"bash-static", "bash-static"},
        {"base64", "base"},
        {"sha256sum", "sha"},
        {"7z", "7z"},
        {"x86_64-linux-gnu-gcc-12", "x86_64-linux-gnu-gcc"},
        {"r2", "r2"},
        {"3proxy", "3proxy"},
        {"", ""},
    };
    for (const Name& name : names) {
        davy_name_state state = fed(name.name);
        EXPECT_EQ(davy_name_full(&state), hash_of(name.name)) << name.name;
        EXPECT_EQ(davy_name_stem(&state), hash_of(name.stem)) << name.name;
    }
}

// Removals look images up by davy_basename, execs store them by davy_name_full().
TEST(InterpreterName, IsTheBasenamesHash)
{
    for (std::string name : {std::string("xmrig"), std::string(46, 'a'), std::string(47, 'b'),
                             std::string(48, 'c'), std::string(255, 'd')}) {
        davy_basename basename;
        davy_basename_begin(&basename);
        for (char byte : "/tmp/" + name)
            davy_basename_step(&basename, static_cast<__u8>(byte));
        davy_name_state state = fed(name);
        EXPECT_EQ(davy_name_full(&state), basename.hash) << name;
    }
}

TEST(InterpreterName, DoesNotLeadTheStemBeyondTheWhole)
{
    davy_name_state state = fed(std::string(60, 'a'));
    EXPECT_EQ(davy_name_stem(&state), davy_name_full(&state));
    state = fed(std::string(50, 'a') + "3.11");
    EXPECT_EQ(davy_name_stem(&state), davy_name_full(&state));
}

} // namespace
