// SPDX-License-Identifier: Apache-2.0
#include "policy/evidence_file.h"

#include "davylamp/abi/event.h"
#include "policy/entries.h"
#include "policy/error_words.h"

namespace davylamp {

namespace {

constexpr std::uint32_t kImageMax = 4096;        // MiB
constexpr std::uint32_t kTotalMax = 1024 * 1024; // MiB
constexpr std::uint32_t kTimeoutMin = 10;
// Whoever is to be ended stands still meanwhile, and every other finding waits.
constexpr std::uint32_t kTimeoutMax = 30000;

Result<> read_folder(const Walk& walk, const JsonPlace& at, std::string& out)
{
    if (at.value->kind != JsonValue::Kind::string)
        return walk.wrong(at, describe(*at.value) + " is no path",
                          "give an absolute path in quotes; an empty one saves nothing");
    Result<std::string> folder = parse_evidence_folder(at.value->text);
    if (!folder)
        return walk.wrong(at, folder.error());
    out = std::move(*folder);
    return {};
}

} // namespace

Result<std::string> parse_evidence_folder(std::string_view text)
{
    if (text.empty())
        return std::string();
    if (text.find('\0') != text.npos)
        return fail({}, in_quotes(text) + " holds a NUL byte", "no folder can have that name");
    if (text.front() != '/')
        return fail({}, in_quotes(text) + " is no absolute path", "begin with a slash");
    if (text.size() > DAVY_EVIDENCE_FOLDER_MAX)
        return fail({}, in_quotes(text) + " is too long for a record of evidence",
                    "give a folder of at most " + std::to_string(DAVY_EVIDENCE_FOLDER_MAX) +
                        " bytes");
    std::string whole = std::string(text) + "/";
    if (text == "/" || whole.find("/./") != whole.npos || whole.find("/../") != whole.npos ||
        whole.find("//") != whole.npos)
        return fail({}, in_quotes(text) + " goes a roundabout way, or nowhere",
                    "write a folder's path without \".\", \"..\", \"//\" and a slash at its end");
    return std::string(text);
}

Result<> read_evidence(const Walk& walk, const JsonPlace& at, EvidencePolicy& out)
{
    return walk.object(
        at, {{"folder", [&](const JsonPlace& here) { return read_folder(walk, here, out.folder); }},
             {"max_image_mb",
              [&](const JsonPlace& here) {
                  return read_whole(walk, here, "MiB", 1, kImageMax, out.max_image_mb);
              }},
             {"max_total_mb",
              [&](const JsonPlace& here) {
                  return read_whole(walk, here, "MiB", 1, kTotalMax, out.max_total_mb);
              }},
             {"timeout_ms", [&](const JsonPlace& here) {
                  return read_whole(walk, here, "milliseconds", kTimeoutMin, kTimeoutMax,
                                    out.timeout_ms);
              }}});
}

} // namespace davylamp
