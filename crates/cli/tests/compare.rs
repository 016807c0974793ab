//! `mmap-lab compare`: one job done by read(2) and by a mapping, side by side.
#![allow(clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const BY_READ: &str = "#include <fcntl.h>
#include <unistd.h>
int main(void) {
    char page[4096];
    int fd = open(\"f\", O_RDWR | O_CREAT, 0600);
    write(fd, page, 4096);
    for (int i = 0; i < 3; i++)
        pread(fd, page, 4096, 0);
    return page[0];
}
";

const BY_MAPPING: &str = "#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
int main(void) {
    int sum = 0;
    int fd = open(\"f\", O_RDWR | O_CREAT, 0600);
    ftruncate(fd, 4096);
    volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    for (int i = 0; i < 3; i++)
        sum += page[i];
    return sum;
}
";

fn program(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).expect("a writable folder");
    path
}

fn compare(paths: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mmap-lab"));
    command.arg("compare").args(paths);
    command.output().expect("mmap-lab starts")
}

/// A row's two numbers and the difference, as they stand.
fn row<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.map_or_else(Vec::new, |rest| rest.split_whitespace().collect())
}

#[test]
fn a_mapping_saves_the_copies() {
    let (read, map) = (program("read.c", BY_READ), program("map.c", BY_MAPPING));
    let output = compare(&[&read, &map]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    // write(2) once and pread(2) three times, each of a page, against none.
    assert_eq!(row(&text, "copies by the kernel"), ["4", "0", "-4"]);
    assert_eq!(row(&text, "bytes copied"), ["16384", "0", "-16384"]);
    assert_eq!(row(&text, "refused faults"), ["0", "0"]);
    let same = compare(&[&map, &map]);
    let text = String::from_utf8(same.stdout).expect("UTF-8");
    assert!(!text.contains(['+']), "nothing differs:\n{text}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let (good, bad) = (
        program("good.c", "int main(void) { return 0; }\n"),
        program("bad.c", "int main(void) { return nobody; }\n"),
    );
    let output = compare(&[&good, &bad]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("bad.c:1:25"), "{told}");
    assert_eq!(compare(&[&good]).status.code(), Some(2));
}
