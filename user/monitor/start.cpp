// SPDX-License-Identifier: Apache-2.0
// A monitor of the real world: the sensor, the kernel's sockets, /proc, and alerts on stdout.
#include <unistd.h>

#include "base/files.h"
#include "monitor/host_info.h"
#include "monitor/host_path.h"
#include "monitor/monitor.h"
#include "monitor/note.h"
#include "report/report.h"
#include "sensor/sensor.h"

namespace davylamp {

Result<std::unique_ptr<Monitor>> Monitor::start(const Policy& policy, PoolWatch pools,
                                                const MonitorOptions& options)
{
    World world;
    auto evidence = open_evidence(policy.evidence);
    if (!evidence)
        return fail(evidence.error());
    world.evidence = std::move(*evidence);
    const RecordingInfo host = host_info(policy);
    if (!options.record.empty()) {
        auto recorder = RecordingWriter::create(options.record, host);
        if (!recorder)
            return fail(recorder.error());
        world.recorder = std::move(*recorder);
    }
    SensorOptions sensor_options;
    sensor_options.scope = options.scope;
    sensor_options.connects = !options.record.empty();
    sensor_options.pin_folder = options.pin_folder;
    sensor_options.best_effort = options.best_effort;
    sensor_options.evidence = world.evidence.has_value();
    auto sensor = Sensor::start(policy, *pools.book(), sensor_options);
    if (!sensor)
        return fail(sensor.error());
    auto source = std::make_unique<Sensor>(std::move(*sensor));
    world.killer = std::make_unique<PidfdKiller>(
        [kernel = source.get()](pid_t pid) { return kernel->never_kills(pid); });
    world.source = std::move(source);
    world.sockets = std::make_unique<KernelSockets>();
    world.host_path = [paths = std::make_shared<HostPaths>()](
                          std::uint32_t device, std::uint64_t inode, std::string_view inside) {
        return paths->find(device, inode, inside);
    };
    world.tell = [host, format = options.format](const Alert& alert) {
        std::string text =
            format == Format::json ? alert_ocsf(alert, host) + "\n" : alert_text(alert, host);
        if (auto told = write_whole(STDOUT_FILENO, text); !told)
            note("an alert is lost: " + told.error().text());
    };
    world.note = note;
    auto monitor = std::make_unique<Monitor>(policy, std::move(pools), std::move(world));
    if (auto swept = monitor->first_sweep(); !swept)
        return fail(swept.error());
    return monitor;
}

} // namespace davylamp
