//! `mmap-lab run`: a C program on the model, from its start to its end.

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;
use std::rc::Rc;

use kernel::KernelConfig;
use lexopt::prelude::*;
use minic::program::{RunOptions, RunResult, run_program};

use crate::arguments::UsageError;

/// What the command line asks for.
struct Request {
    program: String,
    options: RunOptions,
}

pub fn main(parser: lexopt::Parser) -> Result<ExitCode, UsageError> {
    let request = parse(parser)?;
    let text = read(&request.program)?;
    let text = String::from_utf8(text)
        .map_err(|_| UsageError::new(format!("{}: not UTF-8 text", request.program)))?;
    let ran = match run_program(&request.program, &text, request.options) {
        Ok(ran) => ran,
        Err(message) => {
            eprint!("{message}");
            return Ok(ExitCode::from(2));
        }
    };
    Ok(show(&request.program, &ran))
}

fn parse(mut parser: lexopt::Parser) -> Result<Request, UsageError> {
    let mut program = None;
    let mut options = RunOptions::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("file") => {
                let pair = parser.value()?.string()?;
                let Some((name, path)) = pair.split_once('=') else {
                    return Err(UsageError::new(format!(
                        "--file `{pair}`: NAME=PATH is wanted"
                    )));
                };
                options.files.push((name.into(), read(path)?.into()));
            }
            Long("preset") => {
                options.config = match parser.value()?.string()?.as_str() {
                    "linux" => KernelConfig::linux(),
                    "classroom" => KernelConfig::classroom(),
                    other => {
                        let text = format!("--preset `{other}`: there are linux and classroom");
                        return Err(UsageError::new(text));
                    }
                };
            }
            Value(value) if program.is_none() => program = Some(value.string()?),
            Value(value) => options.arguments.push(Rc::from(value.string()?)),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Request {
        program: program.ok_or_else(|| UsageError::new("no PROGRAM.c"))?,
        options,
    })
}

fn read(path: &str) -> Result<Vec<u8>, UsageError> {
    fs::read(path).map_err(|error| UsageError::new(format!("{path}: {error}")))
}

/// Gives out what the program gave; the status is its own.
fn show(name: &str, ran: &RunResult) -> ExitCode {
    // A closed pipe behind us is nobody's mistake.
    let _ = io::stdout().write_all(&ran.stdout);
    let _ = io::stderr().write_all(&ran.stderr);
    if let Some(failure) = ran.end.failure() {
        eprintln!("mmap-lab: {name}: {failure}");
        return ExitCode::FAILURE;
    }
    let status = ran.status.unwrap_or(0);
    ExitCode::from(u8::try_from(status).unwrap_or(u8::MAX))
}
