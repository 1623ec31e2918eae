// SPDX-License-Identifier: Apache-2.0
// What the tests of the deleted executable share: folders, victims, and what is expected of them.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <tuple>
#include <vector>

#include "guard.h"

namespace davylamp::test {

// Shell words of the cases: `start NAME PROGRAM WORDS…` runs a victim in the background and waits
// until it is up, `ready NAME` waits for one that was started otherwise. `go` lets the victims
// finish in monitor mode, and waits for them. In the other modes a victim that was not killed
// would take ten seconds, and leave its marker. `release` lets them finish in every mode.
class ImageSite {
public:
    // `place`: where the images lie.
    explicit ImageSite(const std::string& place = "/var/tmp") : images_(place) {}
    // @D is the folder of markers, @W that of the images, @VICTIM and others the programs.
    std::string fill(const std::string& text) const;
    std::string script(const std::string& text, Mode mode) const; // filled, behind the words
    std::string operator/(const std::string& name) const { return markers_ / name; }
    const std::string& markers() const { return markers_.path(); }
    std::string image(const std::string& name) const { return images_ / name; }
    bool done(const std::string& victim) const { return exists(markers_ / (victim + ".marker")); }
    bool ready(const std::string& victim) const { return exists(markers_ / (victim + ".ready")); }
    int pid(const std::string& victim) const; // as it saw itself
    void release() const { markers_.write("go", ""); }

private:
    TempFolder markers_, images_;
};

// A policy without the sweep, which would find what the hooks are to see, or not to see.
inline const char* const kNoSweep = R"({"detections": {"image": {"sweep_s": 0}}})";

// Runs a filled script under a guard; `own_mounts` gives it a mount namespace, `alone` a guard that
// has seen nothing else.
GuardResult run_site(const ImageSite& site, Mode mode, const std::string& text,
                     bool own_mounts = false, const std::string& policy = {}, bool alone = false);

// A removal and its victims: each is named, and dead unless the mode is monitor.
struct Removal {
    const char* name;
    const char* command;
    std::vector<std::string> victims{"v"};
    const char* place = "/var/tmp";
    bool own_mounts = false;
};

void PrintTo(const Removal& removal, std::ostream* stream);
void expect_removed(const Removal& removal, Mode mode);

// A command under a name: a start, a twin, a limit.
struct Case {
    const char* name;
    const char* command;
    bool own_mounts = false;
};

void PrintTo(const Case& one, std::ostream* stream);

// Of a test for each case in each mode, by the names of both.
template <class Named>
std::string case_name(const testing::TestParamInfo<std::tuple<Named, Mode>>& test)
{
    return test_name(std::get<0>(test.param).name, std::get<1>(test.param));
}

// A start of something that has no name: EXE-001, and no instruction of it runs.
void expect_fileless(const std::string& command, Mode mode, bool own_mounts = false);

// A program is started outside the shell, its image goes away where the guard does not look or does
// not hear of it (`remove`), then it does what it was told.
GuardResult run_and_remove(const ImageSite& site, const GuardOptions& options,
                           const std::function<void()>& remove);

// A process without an image connected, whose errno lies in v.connect: EXE-003.
void expect_talking(const ImageSite& site, const GuardResult& result, Mode mode);

// In kill mode: runs to the end with success, and nobody says a word.
void expect_silence(const std::string& command, bool own_mounts = false,
                    const std::string& policy = {});

// Whether an alert names this process, in whatever role.
bool names(const GuardResult& result, int pid);

// Copies a file with its mode.
void copy(const std::string& from, const std::string& to);

} // namespace davylamp::test
