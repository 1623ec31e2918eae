// SPDX-License-Identifier: Apache-2.0
// A folder for evidence, a program to take evidence of, and what a capture left.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/process.h"
#include "evidence/store.h"
#include "support/subprocess.h"
#include "support/temp_folder.h"

namespace davylamp::test {

inline davy_process_id target_of(pid_t pid)
{
    auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    davy_process_id id{};
    id.tgid = static_cast<std::uint32_t>(pid);
    id.start_ns = start_ticks(pid).value_or(0) * (1'000'000'000 / per_second);
    return id;
}

// /bin/sleep under a name of its own, made larger by `padding` bytes that are not all the same,
// running with its file removed.
class Deleted {
public:
    explicit Deleted(std::size_t padding = 0, const std::vector<std::string>& variables = {})
    {
        original = slurp("/bin/sleep");
        for (std::size_t i = 0; i < padding; i++)
            original += static_cast<char>(i * i >> 7);
        path = home.write("kdevtmpfsi", original, 0755);
        process.emplace(std::vector<std::string>{path, "600"}, variables);
        // posix_spawn() returns in the middle of the exec, before the kernel has noted where the
        // arguments and the environment lie.
        std::string environ = "/proc/" + std::to_string(pid()) + "/environ";
        EXPECT_TRUE(eventually([&] { return !slurp(environ).empty(); }));
        std::filesystem::remove(path);
    }

    pid_t pid() const { return process->pid(); }
    void stop()
    {
        process->signal(SIGSTOP);
        ASSERT_TRUE(eventually([&] {
            std::string stat = slurp("/proc/" + std::to_string(pid()) + "/stat");
            return stat.find(") T ") != stat.npos;
        }));
    }
    // Ends it and takes its pid out of the world.
    void end() { process.reset(); }

    TempFolder home;
    std::string original, path;
    std::optional<Subprocess> process;
};

class Store {
public:
    explicit Store(const EvidenceLimits& limits = {}) : limits_(limits) { reopen(); }

    void reopen()
    {
        auto opened = EvidenceStore::open(path(), limits_);
        if (!opened)
            throw std::runtime_error(opened.error().text());
        store.emplace(std::move(*opened));
    }
    std::string path() const { return home / "evidence"; }
    std::vector<std::string> entries() const
    {
        std::vector<std::string> out;
        for (const auto& entry : std::filesystem::directory_iterator(path()))
            out.push_back(entry.path().filename());
        return out;
    }

    TempFolder home;
    std::optional<EvidenceStore> store;

private:
    EvidenceLimits limits_;
};

inline nlohmann::json manifest_of(const Evidence& evidence)
{
    return nlohmann::json::parse(slurp(evidence.folder + "/manifest.json"), nullptr, false);
}

inline const std::vector<std::string> kItems = {"image",  "cmdline", "environ", "status",
                                                "cgroup", "limits",  "exe",     "cwd",
                                                "root",   "maps",    "fd",      "sockets"};

// By another implementation than ours.
inline std::string sha256sum(const std::string& file)
{
    Subprocess sum({"sha256sum", file});
    EXPECT_EQ(sum.wait(), 0) << sum.err();
    return sum.out().substr(0, 64);
}

inline std::string hex_of(const std::array<std::uint8_t, 32>& digest)
{
    std::string out;
    for (unsigned byte : digest) {
        out += "0123456789abcdef"[byte >> 4];
        out += "0123456789abcdef"[byte & 15];
    }
    return out;
}

// Every item of the manifest is what lies in the folder, and nothing else lies there.
inline void expect_honest(const Evidence& evidence)
{
    nlohmann::json manifest = manifest_of(evidence);
    ASSERT_TRUE(manifest.is_object());
    std::size_t files = 1; // the manifest
    std::uint32_t missing = 0;
    for (const std::string& name : kItems) {
        SCOPED_TRACE(name);
        ASSERT_TRUE(manifest["items"].contains(name));
        const nlohmann::json& item = manifest["items"][name];
        std::string file = evidence.folder + "/" + name;
        ASSERT_EQ(item["saved"].get<bool>(), exists(file));
        if (!item["saved"]) {
            missing++;
            EXPECT_NE(item.value("why", ""), "");
            continue;
        }
        files++;
        EXPECT_EQ(item["size"], std::filesystem::file_size(file));
        EXPECT_EQ(item["sha256"], sha256sum(file));
        EXPECT_NE(item["whole"].get<bool>(), item.contains("why"));
        struct stat status {};
        ASSERT_EQ(::lstat(file.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode, S_IFREG | 0600u);
    }
    EXPECT_EQ(evidence.missing_items, missing);
    EXPECT_EQ(manifest["items"].size(), kItems.size());
    std::filesystem::directory_iterator entries(evidence.folder);
    EXPECT_EQ(std::distance(begin(entries), end(entries)), static_cast<std::ptrdiff_t>(files));
    struct stat folder {};
    ASSERT_EQ(::lstat(evidence.folder.c_str(), &folder), 0);
    EXPECT_EQ(folder.st_mode, S_IFDIR | 0700u);
    EXPECT_EQ(evidence.image_saved, manifest["items"]["image"]["saved"].get<bool>());
    if (evidence.image_saved) {
        EXPECT_EQ(evidence.image_size, manifest["items"]["image"]["size"]);
        EXPECT_EQ(evidence.image_whole, manifest["items"]["image"]["whole"].get<bool>());
        EXPECT_EQ(hex_of(evidence.sha256), manifest["items"]["image"]["sha256"]);
    }
}

} // namespace davylamp::test
