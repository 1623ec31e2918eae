// SPDX-License-Identifier: Apache-2.0
// Everyday work with files that are programs, in kill mode: to its end, and without a word.
#include <gtest/gtest.h>

#include "image_site.h"

namespace davylamp::test {
namespace {

const Case kTwins[] = {
    {"another hard link", "cp @VICTIM @W/image; ln @W/image @W/second; start v @W/image; "
                          "rm @W/image; release"},
    {"a second link in another folder, made later",
     "mkdir @W/else; cp @VICTIM @W/image; start v @W/image; ln @W/image @W/else/other; "
     "rm @W/image; mv @W/else/other @W/else/third; release"},
    {"a symlink to it removed", "cp @VICTIM @W/real; ln -s real @W/image; start v @W/image; "
                                "rm @W/image; release"},
    {"removed after its end", "touch @D/go; cp @VICTIM @W/image; @W/image @D v; rm @W/image"},
    {"moved while it runs", "cp @VICTIM @W/image; start v @W/image; mv @W/image @W/other; release"},
    {"exchanged while it runs",
     "cp @VICTIM @W/image; echo hi > @W/decoy; start v @W/image; @PYTHON -c 'import ctypes; "
     "assert ctypes.CDLL(None).renameat2(-100, b\"@W/image\", -100, b\"@W/decoy\", 2) == 0'; "
     "release"},
    {"its folder renamed", "mkdir @W/a; cp @VICTIM @W/a/image; start v @W/a/image; mv @W/a @W/b; "
                           "release"},
    {"another file of its name", "mkdir @W/a @W/b; cp @VICTIM @W/a/image; cp @VICTIM @W/b/image; "
                                 "start v @W/a/image; rm @W/b/image; release"},
    {"another file of its name renamed over",
     "mkdir @W/a @W/b; cp @VICTIM @W/a/image; cp @VICTIM @W/b/image; start v @W/a/image; "
     "echo hi > @W/b/new; mv @W/b/new @W/b/image; release"},
    {"a removal that fails", "cp @VICTIM @W/image; start v @W/image; rmdir @W/image 2> /dev/null; "
                             "rm @W/none/image 2> /dev/null; setpriv --reuid=65534 --regid=65534 "
                             "--clear-groups rm -f /usr/bin/env 2> /dev/null; release"},

    {"compile run remove",
     "cd @W; for i in 1 2 3; do echo \"int main(void) { return $i; }\" > t.c; gcc -o t t.c; ./t; "
     "[ $? = $i ] || exit 1; rm t; done"},
    {"a makefile that tests",
     "cd @W; echo 'int main(void) { return 0; }' > t.c; printf 'check: t1 t2 t3\\n"
     "t%%: t.c\\n\\t$(CC) -o $@ t.c\\n\\t./$@\\n\\trm $@\\n' > Makefile; make -s -j2 check"},
    {"compiled, run and removed with its folder",
     "cd @W; echo 'int main(void) { return 0; }' > main.c; for i in 1 2; do "
     "d=$(mktemp -d @W/go-build.XXXX); mkdir -p $d/b001/exe; gcc -o $d/b001/exe/main main.c; "
     "$d/b001/exe/main || exit 1; rm -rf $d; done"},
    {"removed after its end while namesakes run",
     "echo '#include <unistd.h>\nint main(void) { usleep(20000); return 0; }' > @W/t.c; "
     "gcc -o @W/t @W/t.c; for d in a b c; do (mkdir @W/$d; cd @W/$d; for i in {1..10}; do "
     "cp ../t test; ./test || kill $$; rm test; done) & done; wait"},

    {"an editor saves a running script",
     "echo 'echo $$ > @D/v.ready; until [ -e @D/go ]; do sleep 0.01; done; echo > @D/v.marker' > "
     "@W/s; bash @W/s & ready v; cp @W/s @W/s.new; mv @W/s.new @W/s; release"},
    {"an editor saves with a backup",
     "echo 'echo $$ > @D/v.ready; until [ -e @D/go ]; do sleep 0.01; done; echo > @D/v.marker' > "
     "@W/s; chmod +x @W/s; sed -i '1i #!/bin/bash' @W/s; @W/s & ready v; cp -p @W/s @W/.s.swp; "
     "mv @W/s @W/s~; cp -p @W/s~ @W/s; rm @W/s~ @W/.s.swp; release"},
    {"an editor saves a program that does not run",
     "cp @VICTIM @W/image; touch @D/go; @W/image @D v; cp @VICTIM @W/.image.swp; "
     "mv @W/.image.swp @W/image; sed -i s/x/x/ @W/image; @W/image @D w"},
    {"sed saves a running script",
     "echo 'echo $$ > @D/v.ready; until [ -e @D/go ]; do sleep 0.01; done; echo > @D/v.marker' > "
     "@W/s; sh @W/s & ready v; sed -i 's/0.01/0.02/' @W/s; release"},

    {"a memfd that is no program", "@PYTHON -c 'import os; f = os.memfd_create(\"x\"); "
                                   "os.write(f, b\"data\")'"},
    {"a memfd that is mapped to be run",
     "@PYTHON -c 'import ctypes, mmap, os; f = os.memfd_create(\"jit\"); os.ftruncate(f, 4096); "
     "m = mmap.mmap(f, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC); "
     "m[0] = 0xc3; ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(m)))()'"},
    {"a library that is removed when it is loaded",
     "echo 'int seven(void) { return 7; }' | gcc -shared -fPIC -o @W/l.so -x c -; "
     "@PYTHON -c 'import ctypes, os; l = ctypes.CDLL(\"@W/l.so\"); os.unlink(\"@W/l.so\"); "
     "assert l.seven() == 7'"},
    {"a here-document", "bash <<< 'echo > @D/v.marker'; bash << END\necho > @D/w.marker\nEND\n"
                        "[ -e @D/v.marker ] && [ -e @D/w.marker ]"},
    // Longer than a pipe holds: bash puts it into a temporary file, and removes that at once.
    {"a long here-document",
     "{ echo 'bash << END'; yes '# a line of no meaning' | head -n 9000; "
     "echo 'echo > @D/v.marker'; echo END; } > @W/s; bash @W/s; [ -e @D/v.marker ]"},
    {"a temporary file as standard input",
     "@PYTHON -c 'import subprocess as s, tempfile; f = tempfile.TemporaryFile(); "
     "f.write(b\"echo > @D/v.marker\\n\"); f.seek(0); s.run([\"bash\"], stdin=f); "
     "f.seek(0); s.run([\"sort\"], stdin=f, stdout=s.DEVNULL)'; [ -e @D/v.marker ]"},
    {"a process substitution", "bash <(echo 'echo > @D/v.marker'); [ -e @D/v.marker ]"},

    {"another overlay over the old one",
     "mkdir @W/l1 @W/l2 @W/u1 @W/u2 @W/w1 @W/w2 @W/m; cp @VICTIM @W/l1/image; "
     "cp @VICTIM @W/l2/image; "
     "mount -t overlay overlay -o lowerdir=@W/l1,upperdir=@W/u1,workdir=@W/w1 @W/m || exit 9; "
     "start v @W/m/image; umount -l @W/m; "
     "mount -t overlay overlay -o lowerdir=@W/l2,upperdir=@W/u2,workdir=@W/w2 @W/m || exit 9; "
     "start w @W/m/image; release",
     true},
    {"a new revision mounted, the old one unmounted",
     "mkdir @W/m; mount -t tmpfs tmpfs @W/m || exit 9; cp @VICTIM @W/m/image; start v @W/m/image; "
     "mount -t tmpfs tmpfs @W/m || exit 9; cp @VICTIM @W/m/image; start w @W/m/image; umount -l "
     "@W/m; umount -l @W/m; release",
     true},
};

class ExeTwin : public testing::TestWithParam<Case> {};

TEST_P(ExeTwin, StaysSilent) { expect_silence(GetParam().command, GetParam().own_mounts); }

INSTANTIATE_TEST_SUITE_P(Live, ExeTwin, testing::ValuesIn(kTwins),
                         [](const auto& test) { return test_name(test.param.name, Mode::kill); });

// A copy of mv, and a policy that names it.
const std::string& packager()
{
    static const TempFolder folder;
    static const std::string path = [] {
        copy("/bin/mv", folder / "packager");
        return folder / "packager";
    }();
    return path;
}

std::string naming_packager()
{
    return R"({"detections": {"image": {"package_managers": [")" + packager() + "\"]}}}";
}

// The upgrade of a running program, by a package manager that policy names; the same done by
// another program is a finding.
TEST(ExeTwins, PackageManagerReplacesRunningProgram)
{
    for (bool named : {true, false}) {
        ImageSite site;
        copy("/bin/mv", site.image("packager"));
        GuardResult result = run_site(site, Mode::block,
                                      "cp @VICTIM @W/image; cp @VICTIM @W/new; start v @W/image; " +
                                          (named ? packager() : site.image("packager")) +
                                          " -f @W/new @W/image; touch @D/go; wait",
                                      false, naming_packager());
        EXPECT_EQ(result.exit_code, named ? 0 : 86) << result.out << result.err;
        EXPECT_EQ(site.done("v"), named);
        EXPECT_EQ(result.codes().empty(), named);
    }
}

// A file system gives a number again once its file is gone: what held for the file that a package
// manager replaced does not hold for the next that has its number.
TEST(ExeTwins, NextFileWithItsNumberIsNoTwin)
{
    ImageSite site;
    GuardResult result = run_site(
        site, Mode::block,
        "mkdir @W/m; truncate -s 8M @W/ext4; mkfs.ext4 -q @W/ext4; mount -o loop @W/ext4 @W/m "
        "|| exit 9; cp @VICTIM @W/m/image; cp @VICTIM @W/m/new; start v @W/m/image; "
        "number=$(stat -c %i @W/m/image); " +
            packager() +
            " -f @W/m/new @W/m/image; touch @D/go; wait; "
            "rm @D/go; cp @VICTIM @W/m/next; [ $(stat -c %i @W/m/next) = $number ] || exit 8; "
            "start w @W/m/next; rm @W/m/next; wait; umount @W/m",
        true, naming_packager());
    EXPECT_EQ(result.exit_code, 86) << result.out << result.err;
    EXPECT_TRUE(site.done("v")) << result.err;
    ASSERT_TRUE(site.ready("w")) << result.err;
    EXPECT_FALSE(site.done("w"));
    EXPECT_TRUE(names(result, site.pid("w"))) << result.out;
    EXPECT_FALSE(names(result, site.pid("v"))) << result.out;
}

} // namespace
} // namespace davylamp::test
