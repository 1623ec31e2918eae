// SPDX-License-Identifier: Apache-2.0
// Every fault of a policy file, with the whole text that the administrator sees.
#include <gtest/gtest.h>

#include "policy/error_words.h"
#include "policy/policy.h"

namespace davylamp {
namespace {

struct Fault {
    std::string text, error;
};

void expect(const std::vector<Fault>& faults)
{
    for (const Fault& fault : faults) {
        Result<Policy> policy = parse_policy(fault.text, "p.json");
        ASSERT_FALSE(policy) << fault.text;
        EXPECT_EQ(policy.error().text(), fault.error) << fault.text;
    }
}

std::string stratum(const std::string& members)
{
    return "{\"detections\": {\"stratum\": {\n" + members + "\n}}}";
}
std::string image(const std::string& members)
{
    return "{\"detections\": {\"image\": {\n" + members + "\n}}}";
}
std::string interpreters(const std::string& members)
{
    return "{\"detections\": {\"chain\": {\"interpreters\": {\n" + members + "\n}}}}";
}

std::string evidence(const std::string& members) { return "{\"evidence\": {\n" + members + "\n}}"; }

TEST(Fault, UnknownKeys)
{
    expect({
        {"{\n\"detection\": {}}", "p.json:2: detection: unknown key; did you mean \"detections\"?"},
        {"{\"detections\": {\n\n\"stratm\": {}}}",
         "p.json:3: detections.stratm: unknown key; did you mean \"stratum\"?"},
        {"{\"chain\": {}}", "p.json:1: chain: unknown key; it belongs in detections"},
        {"{\"mode\": \"kill\"}", "p.json:1: mode: unknown key; it belongs in each of "
                                 "detections.chain, .image and .stratum"},
        {stratum("\"never_kill\": []"), "p.json:2: detections.stratum.never_kill: unknown key; it "
                                        "belongs in the outermost object"},
        {stratum("\"pools\": []"),
         "p.json:2: detections.stratum.pools: unknown key; known here: \"mode\", \"addresses\", "
         "\"ports\", \"ports_refuse\", \"names\", \"alpn\" or \"lists\""},
        {"{\"detections\": {\"names\": []}}",
         "p.json:1: detections.names: unknown key; it belongs in detections.stratum"},
        {stratum("\"ports-refuse\": true"), "p.json:2: detections.stratum.ports-refuse: unknown "
                                            "key; did you mean \"ports_refuse\"?"},
        {stratum("\"ports\": [{\"prt\": 1}]"),
         "p.json:2: detections.stratum.ports[0].prt: unknown key; did you mean \"port\"?"},
        {interpreters("\"bash\": []"),
         "p.json:2: detections.chain.interpreters.bash: unknown key; known here: \"shell\", "
         "\"python\", \"perl\", \"ruby\", \"node\", \"php\", \"lua\", \"multicall\", "
         "\"loader\", \"awk\", \"tcl\", \"make\", \"java\", \"input\" or \"other\""},
        {"{\"\": 1}", "p.json:1: \"\": unknown key; known here: \"detections\", \"never_kill\" "
                      "or \"evidence\""},
        {"{\"\\u001b[2J\": 1}",
         "p.json:1: \"\\x1b[2J\": unknown key; known here: \"detections\", \"never_kill\" or "
         "\"evidence\""},
        {"{\"folder\": \"/e\"}", "p.json:1: folder: unknown key; it belongs in evidence"},
        {stratum("\"evidence\": {}"), "p.json:2: detections.stratum.evidence: unknown key; it "
                                      "belongs in the outermost object"},
        {evidence("\"max_img_mb\": 1"), "p.json:2: evidence.max_img_mb: unknown key; did you "
                                        "mean \"max_image_mb\"?"},
    });
}

TEST(Fault, Evidence)
{
    const std::string folder = "p.json:2: evidence.folder: ";
    expect({
        {"{\"evidence\": \"/e\"}", "p.json:1: evidence: \"/e\" is no object; give { ... }"},
        {evidence("\"folder\": null"),
         folder + "null is no path; give an absolute path in quotes; an empty one saves nothing"},
        {evidence("\"folder\": \"evidence\""),
         folder + "\"evidence\" is no absolute path; begin with a slash"},
        {evidence("\"folder\": \"/e\\u0000\""),
         folder + "\"/e\\x00\" holds a NUL byte; no folder can have that name"},
        {evidence("\"folder\": \"/" + std::string(80, 'e') + "\""),
         folder + in_quotes("/" + std::string(80, 'e')) +
             " is too long for a record of evidence; give a folder of at most 80 bytes"},
        {evidence("\"max_image_mb\": 0"),
         "p.json:2: evidence.max_image_mb: 0 is no number of MiB; give 1..4096, without quotes"},
        {evidence("\"max_total_mb\": \"1024\""), "p.json:2: evidence.max_total_mb: \"1024\" is no "
                                                 "number of MiB; give 1..1048576, without quotes"},
        {evidence("\"timeout_ms\": 30001"), "p.json:2: evidence.timeout_ms: 30001 is no number of "
                                            "milliseconds; give 10..30000, without quotes"},
        {evidence("\"timeout_ms\": 0.5"), "p.json:2: evidence.timeout_ms: 0.5 is no number of "
                                          "milliseconds; give 10..30000, without quotes"},
    });
    for (const char* path : {"/", "/e/", "/e//f", "/e/./f", "/e/..", "//e"}) {
        Result<std::string> refused = parse_evidence_folder(path);
        ASSERT_FALSE(refused) << path;
        EXPECT_EQ(refused.error().what, in_quotes(path) + " goes a roundabout way, or nowhere");
    }
    for (const char* path : {"", "/e", "/.e/..f", "/var/lib/davylamp/evidence"})
        EXPECT_TRUE(parse_evidence_folder(path)) << path;
}

TEST(Fault, PoolNames)
{
    const std::string first = "p.json:2: detections.stratum.names[0]: ";
    const std::string such = "; give one such as \"pool.example\"; letters beyond ASCII as xn--...";
    auto name = [](const std::string& text) { return stratum("\"names\": [\"" + text + "\"]"); };
    const std::string label64(64, 'a'), long_name = std::string(250, 'a') + ".org";
    expect({
        {stratum("\"names\": \"pool.example\""),
         "p.json:2: detections.stratum.names: \"pool.example\" is no list; give [ ... ]"},
        {stratum("\"names\": [3333]"), first + "3333 is no name; give one such as "
                                               "\"pool.example\", in quotes, or { \"name\": ..., "
                                               "\"note\": ... }"},
        {stratum("\"names\": [{\"note\": \"why\"}]"),
         first + "an entry without a name; add \"name\""},
        {stratum("\"names\": [{\"name\": 1}]"),
         "p.json:2: detections.stratum.names[0].name: 1 is no name; give one such as "
         "\"pool.example\", in quotes, or { \"name\": ..., \"note\": ... }"},
        {name(""), first + "an empty name" + such},
        {name("stratum+tcp://pool.example:3333"),
         first + "\"stratum+tcp://pool.example:3333\" is a URL; give the host's name alone"},
        {name("pool.example:3333"), first + "\"pool.example:3333\" has a port; give the name "
                                            "alone: a listed name counts on every port"},
        {name("*.Pool.example"), first + "\"*.Pool.example\" is a pattern; write "
                                         "\"pool.example\", which stands for it and for every "
                                         "host below it"},
        {name(".pool.example"), first + "\".pool.example\" begins with a dot; write "
                                        "\"pool.example\", which stands for it and for every "
                                        "host below it"},
        {name("pool.example."), first + "\"pool.example.\" ends in a dot; leave it out"},
        {name("198.51.100.7"),
         first + "\"198.51.100.7\" is an address; give it under \"addresses\""},
        {name("2001:db8::1"), first + "\"2001:db8::1\" is an address; give it under \"addresses\""},
        {name("1.2.300.4"), first + "\"1.2.300.4\" is neither a name nor an address" + such},
        {name("com"), first + "\"com\" is a whole top-level domain; give a name with a dot in it"},
        {name("p..example"), first + "\"p..example\" is no host name" + such},
        {name("po*l.example"), first + "\"po*l.example\" is no host name" + such},
        {name("p\u00f6ol.example"), first + "\"p\xc3\xb6ol.example\" is no host name" + such},
        {name(label64 + ".org"), first + in_quotes(label64 + ".org") + " is no host name" + such},
        {name(long_name),
         first + in_quotes(long_name) + " is too long for a name; give at most 253 bytes"},
        {stratum("\"names\": [\"pool.example\",\n\"POOL.example\"]"),
         "p.json:3: detections.stratum.names[1]: listed already, on line 2; keep one"},
    });
}

TEST(Fault, PoolProtocolsAndLists)
{
    const std::string lists = "p.json:2: detections.stratum.lists[0]: ";
    std::string many;
    for (int i = 0; i < 65; i++)
        many += (i ? ", \"" : "\"") + std::to_string(i) + "\"";
    std::string files;
    for (int i = 0; i < 17; i++)
        files += (i ? ", \"/l" : "\"/l") + std::to_string(i) + "\"";
    expect({
        {stratum("\"alpn\": [1]"),
         "p.json:2: detections.stratum.alpn[0]: 1 is no text; give a name of a protocol in quotes"},
        {stratum("\"alpn\": [\"\"]"), "p.json:2: detections.stratum.alpn[0]: an empty name; give "
                                      "a protocol's name such as \"stratum\""},
        {stratum("\"alpn\": [\"" + std::string(256, 'a') + "\"]"),
         "p.json:2: detections.stratum.alpn[0]: a name of a protocol of 256 bytes; give at most "
         "255"},
        {stratum("\"alpn\": [\"a\", \"a\"]"),
         "p.json:2: detections.stratum.alpn[1]: listed already, on line 2; keep one"},
        {stratum("\"alpn\": [" + many + "]"),
         "p.json:2: detections.stratum.alpn[64]: more than 64 entries; shorten the list"},
        {stratum("\"lists\": [\"pools.txt\"]"),
         lists + "\"pools.txt\" is no absolute path; begin with a slash"},
        {stratum("\"lists\": [\"/etc/pools/\"]"),
         lists + "\"/etc/pools/\" is a directory; list each file in it"},
        {stratum("\"lists\": [{\"note\": \"n\"}]"),
         lists + "an entry without a file; add \"file\""},
        {stratum("\"lists\": [{\"file\": null}]"),
         "p.json:2: detections.stratum.lists[0].file: null is no path; give an absolute path in "
         "quotes"},
        {stratum("\"lists\": [\"/a\",\n{\"file\": \"/a\", \"note\": \"again\"}]"),
         "p.json:3: detections.stratum.lists[1]: listed already, on line 2; keep one"},
        {stratum("\"lists\": [" + files + "]"),
         "p.json:2: detections.stratum.lists[16]: more than 16 entries; shorten the list"},
    });
}

TEST(Fault, KeysThatAreThereTwice)
{
    expect({
        {"{\"detections\": {},\n\"detections\": {}}",
         "p.json:2: detections: the key is there twice, first on line 1; keep one"},
        {stratum("\"mode\": \"kill\",\n\"ports\": [],\n\"mode\": \"off\""),
         "p.json:4: detections.stratum.mode: the key is there twice, first on line 2; keep one"},
        {stratum("\"ports\": [{\"port\": 1, \"port\": 2}]"),
         "p.json:2: detections.stratum.ports[0].port: the key is there twice, first on line 2; "
         "keep one"},
        {"{\"detections\": {\"chain\": {\"interpreters\": {\"lua\": [], \"l\\u0075a\": []}}}}",
         "p.json:1: detections.chain.interpreters.lua: the key is there twice, first on line 1; "
         "keep one"},
    });
}

TEST(Fault, WrongTypes)
{
    expect({
        {"[]", "p.json:1: a list is no object; give { ... }"},
        {"\n3", "p.json:2: 3 is no object; give { ... }"},
        {"null", "p.json:1: null is no object; give { ... }"},
        {"{\"detections\": \"all\"}", "p.json:1: detections: \"all\" is no object; give { ... }"},
        {"{\"detections\": {\"chain\": \"kill\"}}",
         "p.json:1: detections.chain: \"kill\" is no object; give { ... }"},
        {stratum("\"mode\": false"), "p.json:2: detections.stratum.mode: false is no mode; give "
                                     "\"off\", \"monitor\", \"block\" or \"kill\""},
        {stratum("\"ports\": 3333"),
         "p.json:2: detections.stratum.ports: 3333 is no list; give [ ... ]"},
        {stratum("\"ports\": null"),
         "p.json:2: detections.stratum.ports: null is no list; give [ ... ]"},
        {stratum("\"ports\": [\n1,\n\"3333\"]"),
         "p.json:4: detections.stratum.ports[1]: \"3333\" is no TCP port; give a number, 1..65535, "
         "without quotes"},
        {stratum("\"ports_refuse\": \"yes\""),
         "p.json:2: detections.stratum.ports_refuse: \"yes\" is neither true nor false; give true "
         "or false, without quotes"},
        {stratum("\"ports_refuse\": 1"), "p.json:2: detections.stratum.ports_refuse: 1 is neither "
                                         "true nor false; give true or false, without quotes"},
        {stratum("\"addresses\": [7]"),
         "p.json:2: detections.stratum.addresses[0]: 7 is no address; give an address in quotes, "
         "or { \"to\": ..., \"note\": ... }"},
        {stratum("\"addresses\": [{\"to\": 7}]"), "p.json:2: detections.stratum.addresses[0].to: 7 "
                                                  "is no address; give an address in quotes"},
        {stratum("\"addresses\": [{\"to\": \"192.0.2.1\", \"note\": 7}]"),
         "p.json:2: detections.stratum.addresses[0].note: 7 is no text; give a note in quotes"},
        {"{\"never_kill\": [[]]}",
         "p.json:1: never_kill[0]: a list is no path; give an absolute path in quotes"},
        {interpreters("\"shell\": [1]"), "p.json:2: detections.chain.interpreters.shell[0]: 1 is "
                                         "no name; give a file name in quotes"},
    });
}

TEST(Fault, ImpossibleModesAndPorts)
{
    expect({
        {stratum("\"mode\":\n\"blok\""),
         "p.json:3: detections.stratum.mode: \"blok\" is no mode; did you mean \"block\"? "
         "(\"off\", \"monitor\", \"block\" or \"kill\")"},
        {stratum("\"ports\": [\n3333,\n4444,\n70000\n]"),
         "p.json:5: detections.stratum.ports[2]: 70000 is no TCP port; give 1..65535"},
        {stratum("\"ports\": [0]"),
         "p.json:2: detections.stratum.ports[0]: 0 is no TCP port; give 1..65535"},
        {stratum("\"ports\": [65536]"),
         "p.json:2: detections.stratum.ports[0]: 65536 is no TCP port; give 1..65535"},
        {stratum("\"ports\": [-1]"),
         "p.json:2: detections.stratum.ports[0]: -1 is no TCP port; give 1..65535"},
        {stratum("\"ports\": [3333.0]"),
         "p.json:2: detections.stratum.ports[0]: 3333.0 is no TCP port; give 1..65535"},
        {stratum("\"ports\": [18446744073709554949]"), // 2^64 + 3333
         "p.json:2: detections.stratum.ports[0]: 18446744073709554949 is no TCP port; give "
         "1..65535"},
        {stratum("\"ports\": [{\"note\": \"x\"}]"),
         "p.json:2: detections.stratum.ports[0]: an entry without a port; add \"port\""},
        {stratum("\"ports\": [1,\n{\"port\": 1, \"note\": \"again\"}]"),
         "p.json:3: detections.stratum.ports[1]: listed already, on line 2; keep one"},
    });
}

TEST(Fault, ImpossibleAddresses)
{
    expect({
        {stratum("\"addresses\": [\n\"192.0.2.1/24\"]"),
         "p.json:3: detections.stratum.addresses[0]: \"192.0.2.1/24\" has host bits set; the "
         "network is 192.0.2.0/24, the address alone is 192.0.2.1"},
        {stratum("\"addresses\": [{\"to\": \"192.0.2.0/33\"}]"),
         "p.json:2: detections.stratum.addresses[0].to: \"192.0.2.0/33\" has no IPv4 prefix "
         "length; give /0../32"},
        {stratum("\"addresses\": [{}]"),
         "p.json:2: detections.stratum.addresses[0]: an entry without an address; add \"to\""},
        {stratum("\"addresses\": [\"192.0.2.1\",\n\"::ffff:192.0.2.1\"]"),
         "p.json:3: detections.stratum.addresses[1]: listed already, on line 2; keep one"},
        {"{\"detections\": {\"chain\": {\"allow\": [\"get.example.com\"]}}}",
         "p.json:1: detections.chain.allow[0]: \"get.example.com\" is no address; a name is not "
         "looked up here; give its address"},
        {stratum("\"addresses\": [{\"to\": \"::1\", \"note\": \"" + std::string(257, 'x') + "\"}]"),
         "p.json:2: detections.stratum.addresses[0].note: a note of 257 bytes; give at most 256"},
    });
}

TEST(Fault, ImpossiblePaths)
{
    const std::string at = "p.json:2: detections.image.package_managers[0]: ";
    auto managers = [](const std::string& path) {
        return image("\"package_managers\": [\"" + path + "\"]");
    };
    expect({
        {managers("dpkg"), at + "\"dpkg\" is no absolute path; begin with a slash"},
        {managers("~/bin/x"), at + "\"~/bin/x\" is no absolute path; begin with a slash"},
        {managers("memfd:x"),
         at + "\"memfd:x\" is the name of a memfd, which anybody may choose; give "
              "the file that starts it, in fileless_allowed"},
        {managers(""), at + "an empty path; give an absolute path"},
        {managers("/usr/bin/"), at + "\"/usr/bin/\" is a directory; list each program in it"},
        {managers("/"), at + "\"/\" is a directory; list each program in it"},
        {managers("/usr/bin/python*"),
         at + "\"/usr/bin/python*\" is a pattern; patterns are not understood; list each path"},
        {managers("/usr/bin/../sbin/x"), at + "\"/usr/bin/../sbin/x\" goes a roundabout way; write "
                                              "the path without \".\", \"..\" and \"//\""},
        {managers("/usr//bin/x"), at + "\"/usr//bin/x\" goes a roundabout way; write the path "
                                       "without \".\", \"..\" and \"//\""},
        {managers("/usr/bin/.."), at + "\"/usr/bin/..\" goes a roundabout way; write the path "
                                       "without \".\", \"..\" and \"//\""},
        {managers("/a\\u0000b"), at + "\"/a\\x00b\" holds a NUL byte; no file can have that name"},
        {managers("/usr/sbin/sshd (deleted)"),
         at + "\"/usr/sbin/sshd (deleted)\" is how /proc shows a file that is gone; give the path "
              "without \" (deleted)\""},
        {managers("/memfd:x"), at +
                                   "\"/memfd:x\" is the name of a memfd, which anybody may choose; "
                                   "give the file that starts it, in fileless_allowed"},
        {managers("/" + std::string(4095, 'a')), at + "\"/" + std::string(63, 'a') +
                                                     "...\" is too long for a path; give at most "
                                                     "4095 bytes"},
        {image("\"package_managers\": [\"/a\",\n\"/a\"]"),
         "p.json:3: detections.image.package_managers[1]: listed already, on line 2; keep one"},
        {image("\"fileless_allowed\": [\"x\"]"),
         "p.json:2: detections.image.fileless_allowed[0]: \"x\" is no absolute path; begin with a "
         "slash"},
    });
}

TEST(Fault, ImpossibleNames)
{
    const std::string at = "p.json:2: detections.chain.interpreters.shell[0]: ";
    auto shell = [](const std::string& name) {
        return interpreters("\"shell\": [\"" + name + "\"]");
    };
    expect({
        {shell(""), at + "an empty name; give a file name such as \"bash\""},
        {shell("/bin/sh"), at + "\"/bin/sh\" is a path; give the file name alone"},
        {shell(".."), at + "\"..\" is no file name; give one such as \"bash\""},
        {shell("a\\u0000"), at + "\"a\\x00\" is no file name; give one such as \"bash\""},
        {shell("python3.*"), at + "\"python3.*\" is a pattern; patterns are not understood; a "
                                  "version suffix needs none"},
        {shell(std::string(48, 'x')),
         at + "\"" + std::string(48, 'x') + "\" is too long for a name; give its first 47 bytes"},
        {interpreters("\"shell\": [\"sh\",\n\"sh\"]"),
         "p.json:3: detections.chain.interpreters.shell[1]: listed already, on line 2; keep one"},
    });
}

// One name, two grammars: whichever list comes second in the file is at fault.
TEST(Fault, AnInterpreterOfTwoFamilies)
{
    expect({
        {interpreters("\"shell\": [\"sh\",\n\"node\"]"),
         "p.json:3: detections.chain.interpreters.shell[1]: \"node\" is in the family node by "
         "default; list it in one family, and give the list node without it"},
        {interpreters("\"multicall\": [\"sh\"]"),
         "p.json:2: detections.chain.interpreters.multicall[0]: \"sh\" is in the family shell by "
         "default; list it in one family, and give the list shell without it"},
        {interpreters("\"lua\": [\"x\"],\n\"perl\": [\"x\"]"),
         "p.json:3: detections.chain.interpreters.perl[0]: \"x\" is in the family lua already; "
         "list it in one family"},
        {interpreters("\"perl\": [\"x\"],\n\"lua\": [\"x\"]"),
         "p.json:3: detections.chain.interpreters.lua[0]: \"x\" is in the family perl already; "
         "list it in one family"},
    });
    // The twin: moved from one family to the other, in whichever order.
    Result<Policy> moved =
        parse_policy(interpreters("\"shell\": [\"node\"], \"node\": []"), "p.json");
    EXPECT_TRUE(moved) << moved.error().text();
}

TEST(Fault, ListsLongerThanTheKernelsMaps)
{
    auto repeat = [](int count, auto item) {
        std::string out;
        for (int i = 0; i < count; i++)
            out += (i ? ",\"" : "\"") + item(i) + "\"";
        return out;
    };
    auto address = [](int i) {
        return "10." + std::to_string(i >> 16) + "." + std::to_string(i >> 8 & 255) + "." +
               std::to_string(i & 255);
    };
    auto name = [](int i) { return "n" + std::to_string(i); };
    auto allow = [](const std::string& list) {
        return "{\"detections\": {\"chain\": {\"allow\": [" + list + "]}}}";
    };

    expect({
        {interpreters("\"perl\": [" + repeat(65, name) + "]"),
         "p.json:2: detections.chain.interpreters.perl[64]: more than 64 entries; shorten the "
         "list"},
        {allow(repeat(257, address)), "p.json:1: detections.chain.allow[256]: more than 256 "
                                      "entries; shorten the list"},
        {"{\"detections\": {\"chain\": {\"allow\": [{\"to\": [" + repeat(4097, address) + "]}]}}}",
         "p.json:1: detections.chain.allow[0].to[4096]: more than 4096 entries; shorten the list"},
        {"{\"detections\": {\"chain\": {\"allow\": [{\"to\": [" + repeat(4096, address) +
             "]}, \"::1\"]}}}",
         "p.json:1: detections.chain.allow[1]: more than 4096 values in all rules together; join "
         "networks, or name a cgroup above"},
        {stratum("\"addresses\": [" + repeat(131073, address) + "]"),
         "p.json:2: detections.stratum.addresses[131072]: more than 131072 entries; shorten the "
         "list"},
    });
    auto path = [](int i) { return "/opt/" + std::to_string(i); };
    expect({
        {image("\"package_managers\": [" + repeat(257, path) + "]"),
         "p.json:2: detections.image.package_managers[256]: more than 256 entries; shorten the "
         "list"},
        {image("\"fileless_allowed\": [" + repeat(513, path) + "]"),
         "p.json:2: detections.image.fileless_allowed[512]: more than 512 entries; shorten the "
         "list"},
        {"{\"never_kill\": [" + repeat(257, path) + "]}",
         "p.json:1: never_kill[256]: more than 256 entries; shorten the list"},
    });
    EXPECT_TRUE(parse_policy("{\"never_kill\": [" + repeat(256, path) + "]}", "p.json"));
    Result<Policy> full = parse_policy(allow(repeat(256, address)), "p.json");
    ASSERT_TRUE(full) << full.error().text();
    EXPECT_EQ(full->allow.size(), 256u);
    full = parse_policy(stratum("\"addresses\": [" + repeat(131072, address) + "]"), "p.json");
    ASSERT_TRUE(full) << full.error().text();
    EXPECT_EQ(full->pool_addresses.size(), 131072u);
}

TEST(Fault, TheFirstInTheFileIsNamed)
{
    expect({
        {stratum("\"ports\": [0],\n\"mode\": \"x\",\n\"zzz\": 1"),
         "p.json:2: detections.stratum.ports[0]: 0 is no TCP port; give 1..65535"},
        {stratum("\"zzz\": 1,\n\"ports\": [0]"),
         "p.json:2: detections.stratum.zzz: unknown key; known here: \"mode\", \"addresses\", "
         "\"ports\", \"ports_refuse\", \"names\", \"alpn\" or \"lists\""},
    });
}

} // namespace
} // namespace davylamp
