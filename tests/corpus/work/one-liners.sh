# SPDX-License-Identifier: Apache-2.0
# Small programs that an administrator types into an interpreter, by here-document, here-string,
# pipe or argument: they ask a service, and then run commands of their own. And development servers,
# whose pages run commands.
. "$WORK/common.sh"
export SPOOL=$PWD/spool
version=v1.4.2

# run NAME COMMAND…: its standard input is the program.
run() {
    rm -rf "$SPOOL"
    "${@:2}" || die "$1 failed"
    same "$(<"$SPOOL/version")" "$version"
    [[ -d $SPOOL/$1 ]] || die "$1 made no folder"
}

python='
import json, os, urllib.request
with urllib.request.urlopen(os.environ["WEB"] + "/release.json") as answer:
    release = answer.read().decode()
name = json.loads(release)["tag_name"]
assert os.system("mkdir -p $SPOOL/python && echo " + name + " > $SPOOL/version") == 0
assert os.system("cat > $SPOOL/release <<END\n" + release + "\nEND\n") == 0
assert os.popen("id -u").read() == "0\n"
'
perl='
use HTTP::Tiny;
use JSON::PP;
my $text = HTTP::Tiny->new->get("$ENV{WEB}/release.json")->{content};
my $name = decode_json($text)->{tag_name};
system("mkdir -p $ENV{SPOOL}/perl && echo $name > $ENV{SPOOL}/version") == 0 or die;
open my $pipe, "|-", "tr -d \"{}\" > $ENV{SPOOL}/release" or die;
print $pipe $text;
close $pipe or die;
`id -u; true` eq "0\n" or die;
'
ruby='
require "json"
require "net/http"
text = Net::HTTP.get(URI(ENV["WEB"] + "/release.json"))
name = JSON.parse(text)["tag_name"]
system("mkdir -p #{ENV["SPOOL"]}/ruby && echo #{name} > #{ENV["SPOOL"]}/version", exception: true)
IO.popen("tr -d \"{}\" > $SPOOL/release", "w") { |pipe| pipe.write(text) }
raise unless `id -u; true` == "0\n"
'
node='
const { execSync } = require("child_process");
require("http").get(process.env.WEB + "/release.json", answer => {
  let text = "";
  answer.on("data", data => text += data);
  answer.on("end", () => {
    const name = JSON.parse(text).tag_name;
    execSync(`mkdir -p $SPOOL/node && echo ${name} > $SPOOL/version`);
    execSync("tr -d \"{}\" > $SPOOL/release", { input: text });
    if (String(execSync("id -u; true")) !== "0\n") process.exit(1);
  });
});
'
php='
$text = file_get_contents(getenv("WEB") . "/release.json");
$name = json_decode($text)->tag_name;
exec("mkdir -p \$SPOOL/php && echo $name > \$SPOOL/version", $lines, $status);
$pipe = popen("tr -d \"{}\" > \$SPOOL/release", "w");
fwrite($pipe, $text);
pclose($pipe);
exit($status || shell_exec("id -u; true") !== "0\n" ? 1 : 0);
'
ask() { # LANGUAGE TEXT ARGUMENT-OPTION COMMAND…
    run "$1" "${@:4}" <<<"$2"
    run "$1" "${@:4}" < <(printf '%s' "$2")
    printf '%s' "$2" >"program.$1"
    run "$1" "${@:4}" <"program.$1"
    [[ $3 == - ]] || run "$1" "$4" "$3" "$2" </dev/null
}
ask python "$python" -c /usr/bin/python3 -
ask perl "$perl" -e perl -
ask ruby "$ruby" -e ruby -
ask node "$node" -e node -
ask php "<?php$php" - php
run php php -r "$php"
run python dash -c '/usr/bin/python3 - <<END
'"${python//\$SPOOL/\\\$SPOOL}"'
END'

# page PATH COMMAND…: the server, until it has served a page.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
page() {
    "${@:2}" >"log" 2>&1 &
    local server=$!
    on_exit "end $server"
    wait_for 20 "curl -sf http://127.0.0.1:$port$1 >page"
    grep -q '^users: [1-9]' page || die "$2 served: $(<page)"
    end "$server"
    clean_up=("${clean_up[@]:1}")
}
mkdir -p public/cgi-bin
printf '#!/bin/sh\ngrep -c : /etc/passwd\n' >public/count.sh
printf '#!/bin/sh\necho Content-Type: text/plain\necho\nprintf "users: "\nsh count.sh\n' >public/cgi-bin/users
printf '<?php echo "users: ", shell_exec("id >/dev/null; sh ./count.sh");' >public/users.php
printf 'users: <%%= `id >/dev/null; sh ./count.sh` %%>' >public/users.rhtml
chmod -R a+rX . && chmod 755 public/cgi-bin/users
cd public
page /users.php php -S "127.0.0.1:$port"
page /cgi-bin/users /usr/bin/python3 -m http.server --cgi --bind 127.0.0.1 "$port"
page /users.rhtml ruby -run -e httpd -- -b 127.0.0.1 -p "$port" .
finished
