// SPDX-License-Identifier: Apache-2.0
// A DNS answer is whatever somebody sends: no bytes may lead the parser out of its own state, and
// what it takes for a name is one that policy could list.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "davylamp/rules/dns.h"
#include "require.h"

using davylamp::test::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    davy_dns_state dns;
    if (size == 0)
        return 0;
    const bool answer = data[0] & 1;
    davy_dns_begin(&dns, answer);
    unsigned addresses = 0, questions = 0;
    for (std::size_t i = 1; i < size && !dns.done; i++) {
        davy_dns_step(&dns, data[i]);
        require(dns.done || dns.left > 0, "a part without an end");
        require(dns.name.length < DAVY_HOST_NAME_MAX, "a name beyond its field");
        require(dns.name.text[dns.name.length] == '\0', "a name without an end");
        if (dns.brought == DAVY_DNS_QUESTION) {
            questions++;
            require(std::strlen(dns.name.text) == dns.name.length && dns.name.length > 0,
                    "a name of another size");
            require(dns.name.text[0] != '.' && dns.name.text[dns.name.length - 1] != '.',
                    "an empty label");
            for (unsigned at = 0; at < dns.name.length; at++) {
                char c = dns.name.text[at];
                bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                            c == '_' || c == '.';
                require(fine, "a letter that no listed name has");
                require(c != '.' || dns.name.text[at + 1] != '.', "an empty label");
            }
        }
        if (dns.brought == DAVY_DNS_ADDRESS) {
            addresses++;
            require(answer && questions == 1, "an address for no question");
            std::uint32_t lasts = davy_dns_lasts_s(&dns);
            require(lasts >= DAVY_DNS_TTL_LEAST_S && lasts <= DAVY_DNS_TTL_MOST_S, "a time");
        }
    }
    require(addresses <= DAVY_DNS_RECORDS_MAX && questions <= 1, "more than was asked for");
    return 0;
}
