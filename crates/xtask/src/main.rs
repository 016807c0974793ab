//! `cargo xtask COMMAND`: serve, build and test, and install the tools they need.
//!
//! [`mod@serve`] and [`release`] call trunk, [`stages`] runs every check there is, [`record`] asks gcc and this Linux what
//! the C programs of `tests/suite` print. All of them get their programs from [`tools`] and start them through [`run`].

mod bench;
mod outline;
mod record;
mod release;
mod run;
mod serve;
mod shorten;
mod sizes;
mod split;
mod stages;
mod tally;
mod tools;

use anyhow::{Result, bail};
use lexopt::prelude::*;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  serve [--port N] [--release]  install what is missing, build the page, serve it on 127.0.0.1 and open a browser
  build                         the static release in dist/, with the size of its download
  test [--only STAGE]...        install what is missing for tests, and run them all (or these stages)
  bench [ARGUMENT]...           mmap-lab bench, with the model compiled to wasm and run in Node beside
  measure                       what the release costs the browser, as a table (built first where it is missing)
  looks                         take the pictures that the journeys compare the page with anew, to be reviewed
  record [NAME]...              write what gcc's build of tests/suite/**/NAME.c prints on this Linux (or of all)
";

fn main() -> ExitCode {
    match dispatch(lexopt::Parser::from_env()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(mut args: lexopt::Parser) -> Result<ExitCode> {
    let Some(first) = args.next()? else {
        bail!("no command\n\n{USAGE}");
    };
    match first {
        Value(command) if command == "test" => return test(args),
        Value(command) if command == "serve" => serve(args)?,
        Value(command) if command == "build" => match args.next()? {
            None => release::build()?,
            Some(arg) => return Err(arg.unexpected().into()),
        },
        Value(command) if command == "bench" => bench::bench(&words(args)?)?,
        Value(command) if command == "measure" => match args.next()? {
            None => stages::measure()?,
            Some(arg) => return Err(arg.unexpected().into()),
        },
        Value(command) if command == "looks" => match args.next()? {
            None => stages::looks()?,
            Some(arg) => return Err(arg.unexpected().into()),
        },
        Value(command) if command == "record" => record::record(&values(args)?)?,
        Short('h') | Long("help") => print!("{USAGE}"),
        other => bail!("{}\n\n{USAGE}", other.unexpected()),
    }
    Ok(ExitCode::SUCCESS)
}

fn serve(mut args: lexopt::Parser) -> Result<()> {
    let mut options = serve::Options::default();
    while let Some(arg) = args.next()? {
        match arg {
            Long("port") => options.port = args.value()?.parse()?,
            Long("release") => options.release = true,
            other => return Err(other.unexpected().into()),
        }
    }
    serve::serve(&options)
}

fn test(mut args: lexopt::Parser) -> Result<ExitCode> {
    let mut only = Vec::new();
    while let Some(arg) = args.next()? {
        match arg {
            Long("only") => only.push(args.value()?.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    stages::run(&only)
}

/// What follows, as it is.
fn words(mut args: lexopt::Parser) -> Result<Vec<String>> {
    let words = args.raw_args()?.map(|word| word.string());
    Ok(words.collect::<Result<_, _>>()?)
}

fn values(mut args: lexopt::Parser) -> Result<Vec<String>> {
    let mut values = Vec::new();
    while let Some(arg) = args.next()? {
        match arg {
            Value(value) => values.push(value.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(values)
}
