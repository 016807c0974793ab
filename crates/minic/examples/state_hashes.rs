//! Prints the states that programs of the suite go through, as numbers: `web/tests/wasm/states.rs` compares them with those of the browser.

use minic::machine::Status;
use minic::program::{RunOptions, start_program};

/// So many statements lie between two looks at the machine.
const EVERY: u64 = 64;

macro_rules! suite {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../tests/suite/", $name, ".c")))),*]
    };
}

/// Programs that go through much of the kernel between them.
const PROGRAMS: [(&str, &str); 10] = suite![
    "fork_cow",
    "conformance/file-ends",
    "conformance/fork-sharing",
    "conformance/guard-regions",
    "conformance/memfd-seals",
    "conformance/merge-anonymous",
    "conformance/mremap-forms",
    "conformance/populate",
    "conformance/prot-faults",
    "language/signals",
];

/// A line a program: its name, how many statements it ran, and a number made of the states on the way.
///
/// # Errors
/// What is wrong with a program.
pub fn state_hashes() -> Result<String, String> {
    let mut lines = String::new();
    for (name, text) in PROGRAMS {
        let (mut kernel, mut machine) = start_program(name, text, &RunOptions::default())?;
        let (mut statements, mut states) = (0, kernel.state_hash());
        while matches!(
            machine.step(&mut kernel).status,
            Status::Running | Status::Idle
        ) {
            statements += 1;
            if statements % EVERY == 0 {
                states = states.rotate_left(1) ^ kernel.state_hash();
            }
        }
        states = states.rotate_left(1) ^ kernel.state_hash();
        lines += &format!("{name} {statements} {states:016x}\n");
    }
    Ok(lines)
}

#[allow(dead_code)]
fn main() -> Result<(), String> {
    print!("{}", state_hashes()?);
    Ok(())
}
