//! C programs on the model and on Linux, command by command.

use oracle::check::{Verdict, check};
use oracle::known_divergences::KNOWN_DIVERGENCES;
use oracle::linux::Linux;

const PROGRAM: &str = r#"
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char *own = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(own, "parent");
    if (fork() == 0) {
        own[0] = 'P';
        strcpy(shared, own);
        _exit(7);
    }
    int status;
    wait(&status);
    mprotect(own + 4096, 4096, PROT_READ);
    munmap(own + 8192, 4096);
    printf("%s %s %d\n", own, shared, WEXITSTATUS(status));
    return 0;
}
"#;

/// Reads the first byte of the kernel's own page above its mappings, and has a page below it.
const READS_THE_KERNELS_PAGE: &str = r#"
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
    int fd = open("/tmp/file", O_RDWR | O_CREAT, 0600);
    char *far = mmap((void *)0x20000000, 4096, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    char *top = mmap(NULL, 4096, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *far = *top = 1;
    write(fd, top + 4092, 8);
    return 0;
}
"#;

/// What the agents have or are of their own: pages that limits count, signals, a folder.
const OF_THE_AGENTS_OWN: &str = r#"
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void handler(int signal) {}

int main(void)
{
    struct rlimit limit = { 1 << 30, RLIM_INFINITY };
    setrlimit(RLIMIT_AS, &limit);
    getrlimit(RLIMIT_AS, &limit);
    if (limit.rlim_cur != 1 << 30)
        abort();

    char *path = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    close(open("/tmp//file", O_RDWR | O_CREAT, 0600));
    open("/tmp/./file", O_RDONLY);
    mprotect(path, 4096, PROT_NONE);
    open(path, O_RDONLY);

    signal(SIGCHLD, SIG_IGN);
    if (fork() == 0)
        _exit(0);
    wait(NULL);
    signal(SIGCHLD, handler);
    int child = fork();
    if (child == 0)
        pause();
    kill(child, SIGKILL);
    wait(NULL);
    return 0;
}
"#;

/// Why there is no oracle, said once.
fn oracle() -> bool {
    match Linux::unavailable() {
        Some(why) => println!("no oracle here: {why}"),
        None => return true,
    }
    false
}

#[test]
fn a_program_agrees_after_each_command() {
    if oracle() {
        let verdict = check("program.c", PROGRAM).unwrap();
        assert!(matches!(verdict, Verdict::Agree(20..)), "{verdict:#?}");
    }
}

#[test]
fn pages_that_are_not_compared_do_not_count_where_frames_are_numbered() {
    if oracle() {
        let verdict = check("program.c", READS_THE_KERNELS_PAGE).unwrap();
        assert!(matches!(verdict, Verdict::Agree(6..)), "{verdict:#?}");
    }
}

#[test]
fn what_is_the_agents_own_is_no_difference() {
    if oracle() {
        let verdict = check("program.c", OF_THE_AGENTS_OWN).unwrap();
        assert!(matches!(verdict, Verdict::Agree(20..)), "{verdict:#?}");
    }
}

/// Every program of a folder of the suite: the model does what Linux does, command by command.
fn agree_in(folder: &str) {
    if !oracle() {
        return;
    }
    let suite = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/suite");
    let folder = std::path::Path::new(suite).join(folder);
    let mut programs = 0;
    let mut different = String::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "c") {
            continue;
        }
        programs += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        match check(&path.to_string_lossy(), &text) {
            Ok(Verdict::Agree(_)) => {}
            other => different += &format!("{}: {other:#?}\n", path.display()),
        }
    }
    assert!(programs > 0, "no programs in {}", folder.display());
    assert!(different.is_empty(), "{different}");
}

#[test]
fn the_collected_programs_agree() {
    agree_in("programs");
}

#[test]
fn the_language_programs_agree() {
    agree_in("language");
}

#[test]
fn the_conformance_programs_agree() {
    agree_in("conformance");
}

#[test]
fn the_unprivileged_programs_agree() {
    agree_in("unprivileged");
}

/// What has healed leaves the list.
#[test]
fn known_divergences_still_diverge() {
    if !oracle() {
        return;
    }
    for known in KNOWN_DIVERGENCES {
        let verdict = check("known.c", known.program).unwrap();
        let differs = matches!(verdict, Verdict::Differ(_));
        assert!(differs, "healed, take it out of the list: {}", known.reason);
    }
}
