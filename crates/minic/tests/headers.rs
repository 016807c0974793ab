//! What the lab's headers say against the system's: one C program that prints every constant, size and offset is run by
//! the lab and built by gcc. Without gcc the test says so and checks that the lab accepts the program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

use minic::headers::{MACROS, TYPES};
use minic::program::{RunOptions, run_program};

const INCLUDES: &str = "#define _GNU_SOURCE
#include <assert.h>
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
";

/// What may be missing from the system's headers: newer than they may be, or no longer in glibc's.
const NEWER: &[&str] = &[
    "F_CREATED_QUERY",
    "F_DUPFD_QUERY",
    "F_SEAL_EXEC",
    "MADV_COLLAPSE",
    "MADV_GUARD_INSTALL",
    "MADV_GUARD_REMOVE",
    "MADV_SOFT_OFFLINE",
    "MAP_DROPPABLE",
    "MAP_UNINITIALIZED",
    "MFD_EXEC",
    "MFD_NOEXEC_SEAL",
    "PROT_SEM",
    "SEGV_CPERR",
    "SIGUNUSED",
];

/// What glibc asks the processor for with _GNU_SOURCE; the lab has what they are without.
const OF_THE_PROCESSOR: &[&str] = &["MINSIGSTKSZ", "SIGSTKSZ"];

/// A program that prints a line for each thing that can be compared, `NAME VALUE`.
fn program() -> String {
    let mut body = String::new();
    for (name, _) in abi::constants::names() {
        let _ = writeln!(
            body,
            "#ifdef {name}\n    printf(\"{name} %ld\\n\", (long)({name}));\n#endif"
        );
    }
    let (_, macros) = MACROS.split_once("#define NULL").unwrap();
    for line in macros.lines() {
        let Some((name, value)) = line
            .strip_prefix("#define ")
            .and_then(|rest| rest.split_once(' '))
        else {
            continue;
        };
        if name.contains('(')
            || value.contains("FILE")
            || name.starts_with("st_")
            || name.starts_with("si_")
        {
            continue;
        }
        let (form, cast) = if value.starts_with('"') {
            ("%s", "")
        } else {
            ("%ld", "(long)")
        };
        let _ = writeln!(body, "    printf(\"{name} {form}\\n\", {cast}({name}));");
    }
    for name in typedefs() {
        let _ = writeln!(
            body,
            "    printf(\"{name} %zu %d\\n\", sizeof({name}), ({name})-1 < ({name})0);"
        );
    }
    for (name, members) in records() {
        let _ = writeln!(body, "    printf(\"{name} %zu\\n\", sizeof({name}));");
        for member in members {
            let _ = writeln!(
                body,
                "    printf(\"{name}.{member} %zu %zu\\n\", offsetof({name}, {member}), sizeof(((({name} *)0)->{member})));"
            );
        }
    }
    body.push_str(
        "    for (unsigned s = 0; s < 0x10000; s++)
        h = h * 31 + WIFEXITED(s) + 2 * WEXITSTATUS(s) + 3 * (WIFSIGNALED(s) != 0) + 4 * WTERMSIG(s)
            + 5 * WIFSTOPPED(s) + 6 * WSTOPSIG(s) + 7 * WIFCONTINUED(s) + 8 * WCOREDUMP(s)
            + 9 * (S_ISREG(s) + 2 * S_ISDIR(s) + 4 * S_ISCHR(s) + 8 * S_ISBLK(s) + 16 * S_ISFIFO(s) + 32 * S_ISLNK(s) + 64 * S_ISSOCK(s));
    printf(\"status-macros %lu\\n\", h);
",
    );
    format!("{INCLUDES}\nint main(void)\n{{\n    unsigned long h = 0;\n{body}    return 0;\n}}\n")
}

/// Names of integer types that the lab's headers define.
fn typedefs() -> Vec<&'static str> {
    let simple = TYPES
        .lines()
        .filter_map(|line| line.strip_prefix("typedef ")?.strip_suffix(';'));
    let integers =
        simple.filter(|rest| !rest.contains(['*', '(', '[', '_']) || rest.contains("_t"));
    let named = integers.filter(|rest| {
        !rest.starts_with("struct") && !rest.starts_with("union") && !rest.contains(['*', '(', '['])
    });
    named
        .filter_map(|rest| rest.rsplit(' ').next())
        .filter(|name| {
            !name.starts_with("__")
                && *name != "atomic_flag"
                && *name != "sighandler_t"
                && *name != "sig_t"
        })
        .collect()
}

/// The structs and unions with members that programs may name.
fn records() -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    let mut open: Option<(String, Vec<String>)> = None;
    for line in TYPES.lines() {
        let is_outer = !line.starts_with(' ');
        if is_outer && line.ends_with('{') {
            let name = line.trim_end_matches('{').trim().to_owned();
            open = Some((name, Vec::new()));
        } else if is_outer && line.starts_with('}') {
            let (name, members) = open.take().unwrap();
            let name = match name.strip_prefix("typedef") {
                Some(_) => line.trim_matches(['}', ';', ' ']).to_owned(),
                None => name,
            };
            if !name.contains("__") {
                found.insert(name, members);
            }
        } else if let Some((_, members)) = &mut open
            && let Some(member) = line.trim().strip_suffix(';')
        {
            let member = match member.split_once("(*") {
                Some((_, rest)) => rest.split(')').next().unwrap_or(rest),
                None => member.rsplit([' ', '*']).next().unwrap_or(member),
            };
            let member = member.split('[').next().unwrap_or(member);
            if !member.starts_with("__") && !member.starts_with('}') && !member.is_empty() {
                members.push(member.to_owned());
            }
        }
    }
    found
}

/// What gcc's build of the program prints; none where there is no gcc.
fn of_gcc(text: &str) -> Option<String> {
    Command::new("gcc").arg("--version").output().ok()?;
    let folder = std::env::temp_dir().join(format!("minic-headers-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (source, binary) = (folder.join("headers.c"), folder.join("headers"));
    std::fs::write(&source, text).unwrap();
    let built = Command::new("gcc")
        .args(["-w", "-o"])
        .args([&binary, &source])
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let ran = Command::new(&binary).output().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    Some(String::from_utf8(ran.stdout).unwrap())
}

fn values(printed: &str) -> BTreeMap<&str, &str> {
    printed
        .lines()
        .filter_map(|line| line.rsplit_once(' ').map(|_| line.split_once(' ').unwrap()))
        .collect()
}

#[test]
fn constants_and_layouts_are_those_of_the_system() {
    let text = program();
    let ran =
        run_program("headers.c", &text, &RunOptions::default()).unwrap_or_else(|e| panic!("{e}"));
    let ours = String::from_utf8(ran.end.printed(1)).unwrap();
    assert!(ours.lines().count() > 700, "{ours}");
    let Some(theirs) = of_gcc(&text) else {
        eprintln!(
            "there is no gcc: the lab's constants are not compared with the system's headers"
        );
        return;
    };
    let (ours, theirs) = (values(&ours), values(&theirs));
    let mut different = String::new();
    for (name, value) in ours {
        let there = theirs.get(name);
        let may_be_missing = there.is_none() && NEWER.contains(&name);
        let differs = there != Some(&value) && !OF_THE_PROCESSOR.contains(&name);
        if differs && !may_be_missing {
            let _ = writeln!(different, "{name}: {value} here, {there:?} there");
        }
    }
    assert!(different.is_empty(), "{different}");
}
