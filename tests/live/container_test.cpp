// SPDX-License-Identifier: Apache-2.0
// What happens in a container is seen and stopped from the host: own pids, mounts, network, users
// and root, in a cgroup named as Docker names them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "guard.h"

namespace davylamp::test {
namespace {

using nlohmann::json;

const std::string kId = "5f3c0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab";
constexpr int kNobody = 65534; // who is root inside

// A root folder with the host's programs and a folder /opt of its own, and what runs in it.
class Container {
public:
    explicit Container(bool on_tmpfs = false) : on_tmpfs_(on_tmpfs)
    {
        std::filesystem::create_directories(opt());
        for (const char* name : {"live_fileless", "live_victim", "live_stratum_client"})
            std::filesystem::copy_file(program(name), opt() + "/" + name);
        write("message", "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}\n");
        write("answer", "{\"id\":1,\"result\":true}\n");
        write("page", "HTTP/1.0 200 OK\r\nContent-Length: 23\r\n\r\necho ran > /opt/marker\n");
        write("inside", kInside);
        write("outside", kOutside);
        if (std::system(("chown -R nobody " + root() + " && chmod 755 " + folder_.path()).c_str()))
            throw std::runtime_error("the container's folder cannot be made nobody's");
    }

    std::string root() const { return folder_ / "root"; }
    std::string opt() const { return root() + "/opt"; }
    void write(const std::string& name, const std::string& text) const
    {
        folder_.write("root/opt/" + name, text);
    }
    int number(const std::string& file) const { return std::atoi(read(file).c_str()); }
    std::string read(const std::string& file) const { return slurp(opt() + "/" + file); }
    bool has(const std::string& file) const { return exists(opt() + "/" + file); }

    // Words: `me` notes this process's pids, inside and outside; `serve PORT FILE` answers one
    // connection with the file.
    std::vector<std::string> command(const std::string& inside) const
    {
        write("command", inside);
        return {"bash", opt() + "/outside", root(), kId, on_tmpfs_ ? "tmpfs" : "bind"};
    }

private:
    // The cgroup is made below the guard's, and removed when it is empty.
    static constexpr const char* kOutside = R"(
mount=$(awk '$9 == "cgroup2" || $8 == "cgroup2" {print $5; exit}' /proc/self/mountinfo)
group=$mount$(sed -n 's/^0:://p' /proc/self/cgroup)/docker-$2.scope
mkdir "$group" || exit 3
bash -c 'echo $$ > "$0/cgroup.procs"; exec setpriv --reuid=65534 --regid=65534 --clear-groups \
    unshare --pid --fork --mount --net --user --map-root-user \
    bash "$1/opt/inside" "$1" "$2"' "$group" "$1" "$3"
until rmdir "$group"; do sleep 0.01; done 2> /dev/null
)";
    static constexpr const char* kInside = R"(
set -e
mount --make-rprivate /
base=$1
if [ "$2" = tmpfs ]; then
    base=/mnt
    mount -t tmpfs none /mnt
    cp -r --preserve=mode "$1/opt" /mnt/opt
    mkdir /mnt/seen
    mount --bind "$1/opt" /mnt/seen
else
    mount --bind "$1" "$1"
fi
cd "$base"
for each in usr etc dev; do mkdir -p "$each"; mount --rbind "/$each" "$each"; done
for each in bin sbin lib lib64; do
    if [ -h "/$each" ]; then ln -s "usr/$each" "$each"
    elif [ -e "/$each" ]; then mkdir "$each"; mount --rbind "/$each" "$each"; fi
done
mkdir -p proc outer old
mount --rbind /proc outer
mount -t proc proc proc
ip link set lo up
pivot_root . old
cd /
umount -l old
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
me() { read -r outside _ < /outer/self/stat; echo $BASHPID > /opt/own; echo $outside > /opt/host; }
serve() {
    nc -l 127.0.0.1 "$1" < "/opt/$2" > /opt/received &
    until grep -q "0100007F:$(printf %04X "$1") 00000000:0000 0A" /proc/net/tcp; do sleep 0.01; done
}
set +e
id -u > /opt/uid
. /opt/command
[ ! -d /seen ] || cp /opt/own /opt/host /opt/uid /seen
true
)";

    bool on_tmpfs_;
    TempFolder folder_{"/var/tmp"};
};

// The process of that party whose pid outside is the one noted.
json process_of(const Finding& finding, int host)
{
    for (const json& evidence : finding.json["evidences"]) {
        if (evidence.contains("process") && evidence["process"]["pid"] == host)
            return evidence["process"];
    }
    ADD_FAILURE() << "no party has pid " << host << ": " << finding.json["evidences"].dump();
    return json::object();
}

// Named from both sides, in its container.
json expect_contained(const Finding& finding, const Container& container)
{
    int host = container.number("host"), own = container.number("own");
    EXPECT_GT(host, 0);
    EXPECT_GT(own, 1);
    EXPECT_NE(host, own);
    EXPECT_EQ(container.number("uid"), 0) << "root inside";
    json process = process_of(finding, host);
    EXPECT_EQ(process.value("namespace_pid", 0), own) << process.dump();
    EXPECT_EQ(process.value("/container/uid"_json_pointer, ""), kId) << process.dump();
    EXPECT_EQ(process.value("/container/runtime"_json_pointer, ""), "docker");
    EXPECT_THAT(process.value("/xattributes/cgroup"_json_pointer, ""),
                testing::EndsWith("/docker-" + kId + ".scope"));
    EXPECT_EQ(process.value("/user/uid"_json_pointer, ""), std::to_string(kNobody));
    return process;
}

void expect_paths(const json& process, const std::string& inside, const std::string& outside)
{
    EXPECT_EQ(process.value("/xattributes/container_path"_json_pointer, ""), inside);
    EXPECT_EQ(process.value("/xattributes/host_path"_json_pointer, ""), outside);
}

GuardResult run_in(const Container& container, Mode mode, const std::string& inside)
{
    GuardOptions options;
    options.mode = mode;
    options.command = container.command(inside);
    return run_guard(options);
}

Finding expect_found(const GuardResult& result, const char* code, Mode mode)
{
    EXPECT_EQ(result.exit_code, 86) << result.err;
    Finding finding = result.first(code);
    EXPECT_EQ(finding.action(), mode == Mode::monitor ? 3 : 2);
    return finding;
}

class InContainer : public testing::TestWithParam<Mode> {};

TEST_P(InContainer, ChainIsStopped)
{
    Container container;
    GuardResult result = run_in(container, GetParam(),
                                "serve 8080 page\n"
                                "(me; exec curl -s http://127.0.0.1:8080/) | bash\n");
    Finding finding = expect_found(result, "CHAIN-001", GetParam());
    EXPECT_EQ(container.has("marker"), GetParam() == Mode::monitor) << result.err;
    json process = expect_contained(finding, container);
    expect_paths(process, "/usr/bin/curl", std::filesystem::canonical("/usr/bin/curl"));
}

TEST_P(InContainer, FilelessImageIsStopped)
{
    Container container;
    container.write("go", "");
    GuardResult result = run_in(container, GetParam(),
                                "me; (exec /opt/live_fileless memfd /opt/live_victim /opt v)\n"
                                ": the shell lives on\n");
    Finding finding = expect_found(result, "EXE-001", GetParam());
    EXPECT_EQ(container.has("v.marker"), GetParam() == Mode::monitor) << result.err;
    json process = finding.json["evidences"][0]["process"];
    EXPECT_GT(process.value("namespace_pid", 0), 1) << process.dump();
    EXPECT_NE(process["namespace_pid"], process["pid"]);
    EXPECT_EQ(process.value("/container/uid"_json_pointer, ""), kId) << process.dump();
}

TEST_P(InContainer, RemovedImageIsNamedFromBothSides)
{
    Container container;
    GuardResult result =
        run_in(container, GetParam(),
               "(me; exec /opt/live_victim /opt v) &\n"
               "until [ -e /opt/v.ready ]; do sleep 0.01; done\n"
               "rm -f /opt/live_victim\n" +
                   std::string(GetParam() == Mode::monitor ? "touch /opt/go\nwait\n" : ""));
    Finding finding = expect_found(result, "EXE-002", GetParam());
    EXPECT_EQ(container.has("v.marker"), GetParam() == Mode::monitor) << result.err;
    if (GetParam() == Mode::kill) {
        EXPECT_FALSE(is_running(container.number("host")));
    }
    json process = expect_contained(finding, container);
    expect_paths(process, "/opt/live_victim", container.opt() + "/live_victim");
}

TEST_P(InContainer, StratumIsStopped)
{
    Container container;
    GuardResult result =
        run_in(container, GetParam(),
               "serve 3333 answer\n"
               "(me; exec /opt/live_stratum_client 127.0.0.1 3333 /opt/message one /opt/result)\n");
    Finding finding = expect_found(result, "MINE-001", GetParam());
    EXPECT_EQ(container.read("received").find("mining.subscribe") != std::string::npos,
              GetParam() == Mode::monitor)
        << container.read("received");
    json process = expect_contained(finding, container);
    expect_paths(process, "/opt/live_stratum_client", container.opt() + "/live_stratum_client");
}

TEST_P(InContainer, StaysSilentWhenNothingIsWrong)
{
    Container container;
    GuardResult result = run_in(container, GetParam(),
                                "serve 8080 page\n"
                                "(me; exec curl -s http://127.0.0.1:8080/ -o /opt/page.copy)\n"
                                "echo 'echo ran > /opt/marker' | bash\n"
                                "touch /opt/go\n"
                                "/opt/live_victim /opt v\n");
    EXPECT_EQ(result.exit_code, 0) << result.err << result.out;
    EXPECT_THAT(result.codes(), testing::IsEmpty()) << result.out;
    EXPECT_TRUE(container.has("page.copy"));
    EXPECT_TRUE(container.has("marker"));
    EXPECT_TRUE(container.has("v.marker"));
}

INSTANTIATE_TEST_SUITE_P(Modes, InContainer,
                         testing::Values(Mode::monitor, Mode::block, Mode::kill),
                         [](const auto& mode) { return mode_name(mode.param); });

// A filesystem that is mounted inside alone: the host gets to it through the process, while that
// lives, and else not at all.
TEST(ContainerPaths, ATmpfsOfItsOwnIsReachedThroughTheProcess)
{
    Container container(true);
    GuardResult result =
        run_in(container, Mode::monitor,
               "serve 3333 answer\n"
               "(me; exec /opt/live_stratum_client 127.0.0.1 3333 /opt/message one /opt/result)\n");
    json process = expect_contained(result.first("MINE-001"), container);
    EXPECT_EQ(process.value("/xattributes/container_path"_json_pointer, ""),
              "/opt/live_stratum_client");
    EXPECT_THAT(process.value("/xattributes/host_path"_json_pointer, ""),
                testing::AnyOf("", "/proc/" + std::to_string(container.number("host")) +
                                       "/root/opt/live_stratum_client"));
}

// The host's own processes have none of it.
TEST(ContainerPaths, TheHostIsNoContainer)
{
    TempFolder folder("/var/tmp");
    folder.write("go", "");
    GuardOptions options;
    options.command = {program("live_fileless"), "memfd", program("live_victim"), folder.path(),
                       "v"};
    Finding finding = run_guard(options).first("EXE-001");
    json process = finding.json["evidences"][0]["process"];
    for (const char* key : {"namespace_pid", "container", "xattributes"})
        EXPECT_FALSE(process.contains(key)) << key;
    EXPECT_THAT(finding.json["metadata"]["profiles"], testing::Not(testing::Contains("container")));
}

// A recording keeps it: a replay says the same, and a dump has the record.
TEST(ContainerRecord, ReplayNamesTheContainer)
{
    Container container;
    TempFolder folder;
    GuardOptions options;
    options.mode = Mode::kill;
    options.record = folder / "recording";
    options.command = container.command("serve 8080 page\n"
                                        "(me; exec curl -s http://127.0.0.1:8080/) | bash\n");
    GuardResult live = run_guard(options);
    expect_contained(live.first("CHAIN-001"), container);
    Subprocess replay({davylamp(), "replay", "--format", "json", options.record});
    EXPECT_EQ(replay.wait(), 0) << replay.err();
    EXPECT_EQ(replay.out(), live.out);

    Subprocess text({davylamp(), "replay", "--format", "text", options.record});
    EXPECT_EQ(text.wait(), 0) << text.err();
    EXPECT_THAT(text.out(), testing::HasSubstr("in container " + kId + " (docker), pid " +
                                               std::to_string(container.number("own")) + " there"));

    Subprocess dump({davylamp(), "dump", options.record});
    EXPECT_EQ(dump.wait(), 0) << dump.err();
    std::istringstream lines(dump.out());
    std::string line;
    int places = 0;
    while (std::getline(lines, line)) {
        json record = json::parse(line);
        if (record["kind"] != "place" || record["process"]["tgid"] != container.number("host"))
            continue;
        places++;
        EXPECT_EQ(record["process"]["own_tgid"], container.number("own")) << line;
        EXPECT_EQ(record["container"], kId) << line;
        EXPECT_THAT(record["flags"],
                    testing::IsSupersetOf({"pids", "mounts", "network", "users", "root"}))
            << line;
    }
    EXPECT_GT(places, 0);
}

} // namespace
} // namespace davylamp::test
