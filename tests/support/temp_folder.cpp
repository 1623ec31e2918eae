// SPDX-License-Identifier: Apache-2.0
#include "support/temp_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace davylamp::test {

TempFolder::TempFolder(const std::string& parent) : path_(parent + "/davylamp-XXXXXX")
{
    if (!::mkdtemp(path_.data()) || ::chmod(path_.c_str(), 0755) != 0)
        throw std::system_error(errno, std::generic_category(), path_);
}

TempFolder::~TempFolder()
{
    std::error_code error;
    std::filesystem::remove_all(path_, error);
}

std::string TempFolder::write(const std::string& name, const std::string& text, int mode) const
{
    std::string path = path_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    if (::chmod(path.c_str(), static_cast<mode_t>(mode)) != 0)
        throw std::system_error(errno, std::generic_category(), path);
    return path;
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::string slurp(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

} // namespace davylamp::test
