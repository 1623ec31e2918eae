// SPDX-License-Identifier: Apache-2.0
// Which cgroup paths belong to a container, and which only look like it.
#include <gtest/gtest.h>

#include "wire/container.h"

namespace davylamp {
namespace {

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

struct Bears {
    std::string path, id, runtime;
};

TEST(Container, IsNamedByItsCgroup)
{
    const Bears cases[] = {
        {"/system.slice/docker-" + kId + ".scope", kId, "docker"},
        {"/docker/" + kId, kId, "docker"},
        {"/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + kId + ".scope", kId,
         "cri-containerd"},
        {"/kubepods.slice/kubepods-besteffort.slice/crio-" + kId + ".scope", kId, "crio"},
        {"/kubepods/besteffort/pod0a1b/" + kId, kId, ""},
        {"/machine.slice/libpod-" + kId + ".scope/container", kId, "libpod"},
        {"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope", kId,
         "libpod"},
        {"/libpod_parent/libpod-" + kId, kId, "libpod"},
        {"/lxc.payload.web/init.scope", "web", "lxc"},
        {"/machine.slice/machine-my\\x2dbox.scope/payload", "my-box", "machined"},
        {"/machine.slice/systemd-nspawn@box.service", "box", "machined"},
        // The innermost of several: a container within one.
        {"/lxc.payload.web/system.slice/docker-" + kId + ".scope", kId, "docker"},
    };
    for (const Bears& each : cases) {
        ContainerName name = container_of(each.path);
        EXPECT_EQ(name.id, each.id) << each.path;
        EXPECT_EQ(name.runtime, each.runtime) << each.path;
    }
}

TEST(Container, IsNoneWhereThePathBearsNone)
{
    const std::string cases[] = {
        "",
        "/",
        "/user.slice/user-1000.slice/session-3.scope",
        "/system.slice/docker.service",
        "/system.slice/docker-proxy.scope",
        "/system.slice/docker-" + kId.substr(1) + ".scope",
        "/system.slice/docker-" + kId + "0.scope",
        "/system.slice/docker-" + kId + ".service",
        "/system.slice/docker-X" + kId.substr(1) + ".scope",
        "/machine.slice/libpod-conmon-" + kId + ".scope",
        "/system.slice/crio-conmon-" + kId + ".scope",
        "/srv/" + kId,
        "/dockerish/" + kId,
        "/lxc.payload.",
        "/lxc.monitor.web",
        "/system.slice/machine-box.scope",
        "docker-" + kId + ".scope",
    };
    for (const std::string& path : cases)
        EXPECT_EQ(container_of(path).id, "") << path;
}

} // namespace
} // namespace davylamp
