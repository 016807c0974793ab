//! `mmap-lab check`: a C program on the model and on this Linux, step by step.

use std::fs;
use std::process::ExitCode;

use lexopt::prelude::*;
use oracle::check::{FirstDifference, Verdict, check};
use oracle::linux::Linux;

use crate::arguments::UsageError;

pub fn main(mut parser: lexopt::Parser) -> Result<ExitCode, UsageError> {
    let mut program = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Value(value) if program.is_none() => program = Some(value.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let name = program.ok_or_else(|| UsageError::new("no PROGRAM.c"))?;
    let text = fs::read_to_string(&name).map_err(|e| UsageError::new(format!("{name}: {e}")))?;
    if let Some(why) = Linux::unavailable() {
        eprintln!("mmap-lab: no oracle here: {why}");
        return Ok(ExitCode::from(2));
    }
    match check(&name, &text) {
        Err(message) => {
            eprint!("{message}");
            Ok(ExitCode::from(2))
        }
        Ok(verdict) => Ok(show(&name, &verdict)),
    }
}

fn show(name: &str, verdict: &Verdict) -> ExitCode {
    match verdict {
        Verdict::Agree(commands) => {
            println!("{name}: model and Linux agree after each of {commands} commands");
            ExitCode::SUCCESS
        }
        Verdict::Differ(first) => {
            let FirstDifference {
                step,
                statement,
                command,
                difference,
            } = &**first;
            println!("{name}: they differ at step {step}");
            println!("statement:  {statement}");
            println!("command:    {command}");
            println!("observable: {}", difference.observable);
            println!("model:      {}", difference.model);
            println!("Linux:      {}", difference.linux);
            ExitCode::FAILURE
        }
        Verdict::Unfinished(why) => {
            eprintln!("mmap-lab: {name}: {why}");
            ExitCode::FAILURE
        }
    }
}
