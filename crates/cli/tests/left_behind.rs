//! A program's exit status is its first process's, whatever it leaves behind.
#![allow(clippy::expect_used)]

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn a_child_that_waits_for_ever_does_not_change_the_status() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("left_behind.c");
    let text = "#include <unistd.h>\nint main(void) { if (fork() == 0) pause(); return 7; }\n";
    fs::write(&path, text).expect("a writable folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mmap-lab"));
    let ran = command.arg("run").arg(&path).output();
    let ran = ran.expect("mmap-lab starts");
    assert_eq!(ran.status.code(), Some(7));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("waits for ever"));
}
