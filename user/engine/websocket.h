// SPDX-License-Identifier: Apache-2.0
// The text within WebSocket frames (RFC 6455 section 5.2): for the reader of an alert; no verdict
// rests on it.
#pragma once

#include <string>
#include <string_view>

namespace davylamp {

// The payload of text frames, unmasked, a newline behind each message, so that a message is a line.
// `frames` begins at a frame; the last one may be cut. Control frames are skipped. Empty where that
// is no text in frames: a reserved bit (compression), an opcode or a length that does not exist.
std::string websocket_text(std::string_view frames);

} // namespace davylamp
