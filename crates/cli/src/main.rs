//! The command line `mmap-lab`: one file a subcommand.

mod arguments;
mod bench;
mod check;
mod compare;
mod fuzz;
mod run;

use std::process::ExitCode;

use arguments::UsageError;

const USAGE: &str = "usage: mmap-lab COMMAND ...
  run PROGRAM.c [--file NAME=PATH]... [--preset linux|classroom|user] [--print maps|smaps|events|figures]... [--json] [-- ARGUMENT...]
  bench [--json] [--wasm NODE.mjs] [ROW]...
  check PROGRAM.c
  compare A.c B.c
  fuzz [--seed S] [--ops N] [--minutes M] [--divergences D] [--trace T] [--only NAME,...]";

fn main() -> ExitCode {
    let mut parser = lexopt::Parser::from_env();
    let command = match parser.value() {
        Ok(command) => command.to_string_lossy().into_owned(),
        Err(_) => return usage(&UsageError::new("no command")),
    };
    let result = match command.as_str() {
        "bench" => bench::main(parser),
        "check" => check::main(parser),
        "compare" => compare::main(parser),
        "fuzz" => fuzz::main(parser),
        "run" => run::main(parser),
        "help" => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(UsageError::new(format!("unknown command `{command}`"))),
    };
    result.unwrap_or_else(|error| usage(&error))
}

fn usage(error: &UsageError) -> ExitCode {
    eprintln!("mmap-lab: {error}");
    eprintln!("{USAGE}");
    ExitCode::from(2)
}
