// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <fcntl.h>
#include <poll.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "base/unique_fd.h"

namespace davylamp {

namespace {
constexpr std::size_t kSmallFile = 1 << 20;
}

std::string errno_text(int error) { return std::generic_category().message(error); }

Result<std::string> read_file(const std::string& path)
{
    UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file)
        return fail(path, "cannot be opened: " + errno_text(errno));
    std::string text;
    char buffer[4096];
    for (;;) {
        ssize_t size = ::read(file.get(), buffer, sizeof buffer);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return fail(path, "cannot be read: " + errno_text(errno));
        if (size == 0)
            return text;
        text.append(buffer, static_cast<std::size_t>(size));
        if (text.size() > kSmallFile)
            return fail(path, "is larger than 1 MiB, which this file never is");
    }
}

Result<> write_whole(int file, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t size = ::write(file, text.data(), text.size());
        if (size >= 0) {
            text.remove_prefix(static_cast<std::size_t>(size));
        } else if (errno == EAGAIN) {
            struct pollfd ready {
                file, POLLOUT, 0
            };
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return fail("descriptor " + std::to_string(file),
                        "cannot be written: " + errno_text(errno));
        }
    }
    return {};
}

Result<> write_file(const std::string& path, const std::string& text)
{
    UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file)
        return fail(path, "cannot be opened for writing: " + errno_text(errno));
    if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return fail(path, "cannot be written: " + errno_text(errno));
    return {};
}

std::string mode_text(mode_t mode)
{
    char text[16];
    std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777));
    return text;
}

} // namespace davylamp
