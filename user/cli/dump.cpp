// SPDX-License-Identifier: Apache-2.0
// davylamp dump: a recording as JSON lines.
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "wire/event_json.h"
#include "wire/recording.h"

namespace davylamp {

namespace {

int dump(const std::string& file)
{
    auto reader = RecordingReader::open(file);
    if (!reader)
        return complain(reader.error());
    for (;;) {
        auto event = reader->next();
        if (!event)
            return complain(event.error());
        if (!*event)
            break;
        std::string line = event_json(**event, reader->info().realtime_offset_ns) + "\n";
        std::fwrite(line.data(), 1, line.size(), stdout);
    }
    if (reader->unknown_kinds())
        note(std::to_string(reader->unknown_kinds()) +
             " records of kinds that this version does not know were skipped");
    if (auto damage = reader->damage())
        return complain(*damage);
    return kExitFine;
}

} // namespace

Command declare_dump(CLI::App& app)
{
    auto file = std::make_shared<std::string>();
    app.add_option("file", *file, "A recording (run --record, guard --record)")
        ->required()
        ->type_name("FILE");
    app.footer(
        "A torn or damaged file is read as far as it goes, then named, and the exit code is 1.");
    return [file] { return dump(*file); };
}

} // namespace davylamp
