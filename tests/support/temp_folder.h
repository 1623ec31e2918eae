// SPDX-License-Identifier: Apache-2.0
// A folder for one test, removed with everything in it when the test ends.
#pragma once

#include <string>

namespace davylamp::test {

class TempFolder {
public:
    // `parent` chooses the filesystem. Everybody may enter, since services drop privileges.
    explicit TempFolder(const std::string& parent = "/var/tmp");
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    // Writes a file and returns its path.
    std::string write(const std::string& name, const std::string& text, int mode = 0644) const;

private:
    std::string path_;
};

bool exists(const std::string& path);
std::string slurp(const std::string& path); // empty where there is none

} // namespace davylamp::test
