// SPDX-License-Identifier: Apache-2.0
// What the chain's tests share: a folder, a web server with scripts in several wrappings, and the
// words that stand for them in shell commands.
#pragma once

#include <cstdlib>

#include "guard.h"
#include "support/command_server.h"
#include "support/http_server.h"

namespace davylamp::test {

class ChainSite {
public:
    // `address`: of the web server.
    explicit ChainSite(const std::string& address = "127.0.0.1") : web(address)
    {
        const std::string script = "echo ran > " + marker() + "\n";
        const std::string python = "open('" + marker() + "', 'w').write('ran')\n";
        web.serve("/x.sh", script);
        web.serve("/x.py", python);
        // Long enough for several writes, and with words that a decoder must not join.
        std::string filler;
        for (int i = 0; i < 400; i++)
            filler += "note_" + std::to_string(i) + "='some words that fill a line'\n";
        web.serve("/long.sh", "first='the beginning of a long script'\n" + filler + script);
        // Its first line is a program's command line, its second the shell's own.
        web.serve("/programs.sh", "/usr/bin/touch " + (folder / "first") + " " +
                                      (folder / "second") + "\n" + script);
        web.serve("/x.pl", "open(F, '>" + marker() + "'); print F 'ran';\n");
        web.serve("/x.rb", "File.write('" + marker() + "', 'ran')\n");
        web.serve("/x.php", "<?php file_put_contents('" + marker() + "', 'ran');\n");
        web.serve("/x.js", "require('fs').writeFileSync('" + marker() + "', 'ran')\n");
        web.serve("/x.awk", "BEGIN { print \"ran\" > \"" + marker() + "\" }\n");
        web.serve("/x.mk", "all:\n\t@echo ran > " + marker() + "\n");
        web.serve("/x.tcl", "close [open " + marker() + " w]\n");
        web.serve("/x.c", "#include <stdio.h>\nint main(void) { fclose(fopen(\"" + marker() +
                              "\", \"w\")); return 0; }\n");
        web.serve("/elf", slurp("/usr/bin/touch"));
        web.serve("/data", "alpha\nbeta\n");
        web.serve("/x.json", "{\"version\": \"1.2.3\"}\n");
        folder.write("local.sh", script, 0755);
        web.announce(folder / "served");
    }

    // @U the script's URL, @B its wrapping, @D the folder, @H host/port for /dev/tcp …
    std::string fill(std::string text)
    {
        for (const char* packed : {"B64_URL", "TAR_URL", "@D/fetcher"}) {
            if (text.find(packed) != std::string::npos) {
                pack();
                break;
            }
        }
        const std::string port = std::to_string(web.port());
        for (const auto& [from, to] : std::initializer_list<std::pair<std::string, std::string>>{
                 {"@URL", web.url("/x.sh")},
                 {"@PYTHON_URL", web.url("/x.py")},
                 {"@B64_URL", web.url("/x.b64")},
                 {"@PLAIN_B64_URL", web.url("/p.b64")},
                 {"@SCRIPT_TAR_URL", web.url("/s.tar")},
                 {"@LONG_URL", web.url("/long.sh")},
                 {"@PROGRAMS_URL", web.url("/programs.sh")},
                 {"@PERL_URL", web.url("/x.pl")},
                 {"@RUBY_URL", web.url("/x.rb")},
                 {"@PHP_URL", web.url("/x.php")},
                 {"@NODE_URL", web.url("/x.js")},
                 {"@AWK_URL", web.url("/x.awk")},
                 {"@MAKE_URL", web.url("/x.mk")},
                 {"@TCL_URL", web.url("/x.tcl")},
                 {"@C_URL", web.url("/x.c")},
                 {"@ELF_URL", web.url("/elf")},
                 {"@TAR_URL", web.url("/x.tar")},
                 {"@JSON_URL", web.url("/x.json")},
                 {"@DATA_URL", web.url("/data")},
                 {"@TCP", "/dev/tcp/127.0.0.1/" + port},
                 {"@GET", "printf 'GET /x.sh HTTP/1.0\\r\\n\\r\\n'"},
                 {"@COMMANDS", "/dev/tcp/127.0.0.1/" + std::to_string(commands.port())},
                 {"@COMMAND_PORT", std::to_string(commands.port())},
                 {"@PORT", std::to_string(listener_port)},
                 {"@HOST", web.host()},
                 {"@SERVICE", program("live_service") + " 127.0.0.1 " + port},
                 {"@STATIC", program("live_downloader") + " 127.0.0.1 " + port + " /x.sh"},
                 {"@D", folder.path()}})
            text = replaced(text, from, to);
        return text;
    }

    std::string marker() const { return folder / "marker"; }

    TempFolder folder;
    HttpServer web;
    CommandServer commands{"echo ran > " + marker() + "\n"};
    std::uint16_t listener_port = free_port();

private:
    // Ten processes, which most commands need none of; a guest feels them.
    void pack()
    {
        folder.write("payload.txt", "payload");
        const std::string at = "cd " + folder.path() + " && ";
        if (std::system((at + "gzip -c local.sh | base64 > x.b64; tar cf x.tar payload.txt; cp "
                              "local.sh packed.sh; tar cf s.tar packed.sh; "
                              "rm packed.sh; base64 local.sh > p.b64; rm "
                              "payload.txt; cp /usr/bin/curl fetcher")
                            .c_str()) != 0)
            throw std::runtime_error("gzip, base64, tar and curl are needed");
        web.serve("/x.b64", slurp(folder / "x.b64"));
        web.serve("/p.b64", slurp(folder / "p.b64"));
        web.serve("/x.tar", slurp(folder / "x.tar"));
        web.serve("/s.tar", slurp(folder / "s.tar"));
    }
};

} // namespace davylamp::test
