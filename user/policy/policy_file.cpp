// SPDX-License-Identifier: Apache-2.0
// A policy file, laid over the defaults by the table of keys. The file is walked in its own order,
// so that the first fault in it is the one named.
#include <sys/stat.h>

#include <cerrno>

#include "base/files.h"
#include "base/unique_fd.h"
#include "policy/document.h"
#include "policy/key_home.h"
#include "policy/policy_keys.h"

namespace davylamp {

namespace {

constexpr std::size_t kFileMax = 16 << 20; // bytes

// A pipe (--policy <(...)) is as good as a file; a FIFO without a writer waits for one, as cat
// does.
Result<std::string> read_policy_text(const std::string& path, Trust trust)
{
    Result<UniqueFd> opened = open_to_read(path, trust, 0);
    if (!opened)
        return fail(std::move(opened.error()));
    const UniqueFd& fd = *opened;
    struct stat status;
    if (::fstat(fd.get(), &status) != 0)
        return fail(path, "cannot look at it: " + errno_text(errno));
    if (S_ISDIR(status.st_mode))
        return fail(path, "is a directory", "give a file");

    std::string text;
    char buffer[65536];
    while (true) {
        ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(path, "cannot read: " + errno_text(errno));
        if (got == 0)
            return text;
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > kFileMax)
            return fail(path, "is larger than 16 MiB", "a policy is a page, not a database");
    }
}

} // namespace

Policy default_policy()
{
    Policy policy;
    for (const Key<Policy>& key : policy_keys()) {
        if (key.build_in)
            key.build_in(policy);
    }
    return policy;
}

Result<Policy> parse_policy(std::string_view text, const std::string& name)
{
    Result<JsonValue> root = read_document(text, name);
    if (!root)
        return fail(std::move(root.error()));
    Policy policy = default_policy();
    policy.source = name;
    if (auto done = read_keys(Walk(name, key_home), {nullptr, &*root}, policy_keys(), policy);
        !done)
        return fail(std::move(done.error()));
    return policy;
}

Result<Policy> load_policy(const std::string& path, Trust trust)
{
    Result<std::string> text = read_policy_text(path, trust);
    if (!text)
        return fail(std::move(text.error()));
    return parse_policy(*text, path);
}

} // namespace davylamp
