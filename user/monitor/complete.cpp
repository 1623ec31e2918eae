// SPDX-License-Identifier: Apache-2.0
#include "monitor/complete.h"

#include <sys/stat.h>

#include "wire/event.h"

namespace davylamp {

// The kernel says where in its filesystem an image lies; where the host sees that is here to find.
// What no mount of the host shows is reached through the process, as long as it lives.
void Completer::name_place(davy_event_place& event) const
{
    std::string_view inside = field_text(event.inside);
    std::string path = host_path_(event.file.device, event.file.inode, inside);
    if (path.empty() && event.path[0] != '\0') {
        path = proc_ + "/" + std::to_string(event.process.tgid) + "/root" +
               std::string(field_text(event.path));
        struct stat file {};
        if (::lstat(path.c_str(), &file) != 0)
            path.clear();
    }
    if (path.size() < sizeof event.host)
        path.copy(event.host, sizeof event.host - 1);
}

void Completer::complete(std::span<std::byte> record)
{
    auto event = Event::view(record);
    if (!event)
        return;
    if (event->kind() == DAVY_EVENT_PLACE)
        name_place(*reinterpret_cast<davy_event_place*>(record.data()));
    else if (event->kind() == DAVY_EVENT_STRATUM)
        owners_.complete(record); // nothing to do if acting has looked for it already
}

} // namespace davylamp
