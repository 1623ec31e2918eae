// A DNS answer is whatever somebody sends: no bytes may lead the parser out of its own state, and
// what it takes for a name is one that policy could list.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "davylamp/rules/dns.h"

namespace {

void require(bool held, const char* what)
{
    if (held)
        return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    davy_dns_state dns;
    davy_dns_begin(&dns);
    unsigned addresses = 0, questions = 0;
    for (std::size_t i = 0; i < size && !dns.done; i++) {
        davy_dns_step(&dns, data[i]);
        require(dns.done || dns.left > 0, "a part without an end");
        require(dns.length < DAVY_DNS_NAME_MAX, "a name beyond its field");
        require(dns.name[DAVY_DNS_NAME_MAX - 1] == '\0', "a name without an end");
        if (dns.brought == DAVY_DNS_QUESTION) {
            questions++;
            require(std::strlen(dns.name) == dns.length && dns.length > 0,
                    "a name of another size");
            require(dns.name[0] != '.' && dns.name[dns.length - 1] != '.', "an empty label");
            for (unsigned at = 0; at < dns.length; at++) {
                char c = dns.name[at];
                bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                            c == '_' || c == '.';
                require(fine, "a letter that no listed name has");
                require(c != '.' || dns.name[at + 1] != '.', "an empty label");
            }
        }
        if (dns.brought == DAVY_DNS_ADDRESS) {
            addresses++;
            require(questions == 1, "an address for no question");
            std::uint32_t lasts = davy_dns_lasts_s(&dns);
            require(lasts >= DAVY_DNS_TTL_LEAST_S && lasts <= DAVY_DNS_TTL_MOST_S, "a time");
        }
    }
    require(addresses <= DAVY_DNS_RECORDS_MAX && questions <= 1, "more than was asked for");
    return 0;
}
