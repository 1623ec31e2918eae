// SPDX-License-Identifier: Apache-2.0
#include "davylamp/abi/records.h"
#include "policy/error_words.h"
#include "policy/policy.h"
#include "policy/value_kinds.h"

namespace davylamp {

namespace {

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

namespace kind {

ValueKind<std::string> evidence_folder()
{
    return {"path of a folder, at most " + with_commas(DAVY_EVIDENCE_FOLDER_MAX) + " bytes",
            read_folder,
            [](const std::string& path) { return Json(path); },
            {}};
}

} // namespace kind

} // namespace davylamp
