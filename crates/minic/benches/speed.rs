//! What a program's start costs; what its loops cost is a row of `cargo xtask bench`.

use divan::Bencher;
use kernel::KernelConfig;
use minic::program::{RunOptions, run_program};

const HELLO: &str = r#"
#include <stdio.h>

int main(void)
{
    printf("hello\n");
    return 0;
}
"#;

fn main() {
    divan::main();
}

/// Runs a program that ends well.
fn status(name: &str, text: &str, options: &RunOptions) {
    let ran = run_program(name, text, options);
    assert!(ran.is_ok_and(|ran| ran.status == Some(0)));
}

/// From the text to the end of a program that prints a line.
#[divan::bench(args = ["linux", "classroom"])]
fn start_of_a_program(bencher: Bencher<'_, '_>, preset: &str) {
    let config = match preset {
        "linux" => KernelConfig::linux(),
        _ => KernelConfig::classroom(),
    };
    let options = RunOptions {
        config,
        ..RunOptions::default()
    };
    bencher.bench_local(|| status("hello.c", HELLO, &options));
}
