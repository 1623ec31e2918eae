// SPDX-License-Identifier: Apache-2.0
#include "support/command_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "support/eventually.h"
#include "support/loopback.h"

namespace davylamp::test {

namespace {

// A shell that starts late on a busy machine finds its commands all the same: to close before it
// has read them would take them away.
const int kDeadlineMs = static_cast<int>(std::chrono::milliseconds(kDeadline).count());

} // namespace

CommandServer::CommandServer(std::string commands)
    : commands_(std::move(commands)), listener_(listen_v4(0)), stop_(::eventfd(0, EFD_CLOEXEC)),
      port_(port_of(listener_)), thread_([this] { run(); })
{
}

CommandServer::~CommandServer()
{
    std::uint64_t one = 1;
    (void)!::write(stop_.get(), &one, sizeof one);
    thread_.join();
}

// One client at a time; each gets the commands, then the end of the stream.
void CommandServer::run()
{
    for (;;) {
        pollfd entries[] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
        ::poll(entries, 2, -1);
        if (entries[1].revents)
            return;
        UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!connection)
            continue;
        (void)!::send(connection.get(), commands_.data(), commands_.size(), MSG_NOSIGNAL);
        ::shutdown(connection.get(), SHUT_WR);
        pollfd until[] = {{connection.get(), POLLIN | POLLHUP, 0}, {stop_.get(), POLLIN, 0}};
        char ignored[256];
        while (::poll(until, 2, kDeadlineMs) > 0 && !until[1].revents &&
               ::recv(connection.get(), ignored, sizeof ignored, 0) > 0) {
        }
    }
}

std::uint16_t free_port()
{
    UniqueFd listener(listen_v4(0));
    return port_of(listener);
}

} // namespace davylamp::test
