//! How fast programs run: iterations of a loop over a mapped file, and a program's start.

use divan::Bencher;
use divan::counter::ItemsCount;
use kernel::KernelConfig;
use minic::program::{RunOptions, run_program};

/// Bytes of the file.
const LENGTH: usize = 16 << 20;

const SUM: &str = r#"
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

int main(void)
{
    long length = 16 << 20;
    int fd = open("data.bin", O_RDONLY);
    const unsigned char *p = mmap(NULL, length, PROT_READ, MAP_PRIVATE, fd, 0);
    unsigned long sum = 0;
    for (long i = 0; i < length; i++)
        sum += p[i];
    printf("%lu\n", sum);
    return 0;
}
"#;

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

/// Summing a mapped 16 MiB file byte by byte; an item is an iteration.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn sum_of_a_mapped_file(bencher: Bencher<'_, '_>) {
    let options = RunOptions {
        files: vec![("data.bin".into(), vec![1; LENGTH].into())],
        ..RunOptions::default()
    };
    bencher
        .counter(ItemsCount::new(LENGTH))
        .bench_local(|| status("sum.c", SUM, &options));
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
