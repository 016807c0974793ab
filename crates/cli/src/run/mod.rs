//! `mmap-lab run`: a C program on the model, from its start to its end.

mod watch;

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;
use std::rc::Rc;

use kernel::KernelConfig;
use lexopt::prelude::*;
use minic::machine::{Output, Status};
use minic::program::{RunOptions, shell_status, start_program};
use serde_json::json;

use crate::arguments::UsageError;
use watch::{Ran, run_to_end};

/// What `--print` can add to the program's output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Maps,
    Smaps,
    Events,
    Figures,
}

impl Section {
    const ALL: [(Section, &str); 4] = [
        (Section::Maps, "maps"),
        (Section::Smaps, "smaps"),
        (Section::Events, "events"),
        (Section::Figures, "figures"),
    ];

    fn name(self) -> &'static str {
        let found = Section::ALL.iter().find(|(section, _)| *section == self);
        found.map_or("", |(_, name)| name)
    }
}

/// What the command line asks for.
struct Request {
    program: String,
    options: RunOptions,
    sections: Vec<Section>,
    json: bool,
}

pub fn main(parser: lexopt::Parser) -> Result<ExitCode, UsageError> {
    let request = parse(parser)?;
    let text = String::from_utf8(read(&request.program)?)
        .map_err(|_| UsageError::new(format!("{}: not UTF-8 text", request.program)))?;
    let (kernel, machine) = match start_program(&request.program, &text, &request.options) {
        Ok(started) => started,
        Err(message) => {
            eprintln!("{}", message.trim_end());
            return Ok(ExitCode::from(2));
        }
    };
    let ran = run_to_end(
        kernel,
        machine,
        request.options.statements,
        &request.sections,
        |output| {
            if !request.json {
                give_out(std::mem::take(output));
            }
        },
    );
    if request.json {
        println!("{}", as_json(&ran));
    } else {
        show(&ran);
    }
    if let Some(failure) = ran.end.failure() {
        eprintln!("mmap-lab: {}: {failure}", request.program);
        // Children that it left waiting do not change how the program itself ended.
        let ended = ran.end.status == Status::Deadlock && ran.status.is_some();
        if !ended {
            return Ok(ExitCode::FAILURE);
        }
    }
    let status = ran.status.map_or(0, shell_status);
    Ok(ExitCode::from(u8::try_from(status).unwrap_or(u8::MAX)))
}

fn parse(mut parser: lexopt::Parser) -> Result<Request, UsageError> {
    let mut program = None;
    let mut options = RunOptions::default();
    let mut sections = Vec::new();
    let mut json = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("file") => {
                let pair = parser.value()?.string()?;
                let Some((name, path)) = pair.split_once('=') else {
                    let text = format!("--file `{pair}`: NAME=PATH is wanted");
                    return Err(UsageError::new(text));
                };
                options.files.push((name.into(), read(path)?.into()));
            }
            Long("preset") => options.config = preset(&parser.value()?.string()?)?,
            Long("print") => sections.push(section(&parser.value()?.string()?)?),
            Long("json") => json = true,
            Value(value) if program.is_none() => program = Some(value.string()?),
            Value(value) => options.arguments.push(Rc::from(value.string()?)),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Request {
        program: program.ok_or_else(|| UsageError::new("no PROGRAM.c"))?,
        options,
        sections,
        json,
    })
}

fn preset(name: &str) -> Result<KernelConfig, UsageError> {
    match name {
        "linux" => Ok(KernelConfig::linux()),
        "classroom" => Ok(KernelConfig::classroom()),
        // As `linux`, for a user without root's capabilities.
        "user" => Ok(KernelConfig {
            privileged: false,
            ..KernelConfig::linux()
        }),
        other => {
            let text = format!("--preset `{other}`: there are linux, classroom and user");
            Err(UsageError::new(text))
        }
    }
}

fn section(name: &str) -> Result<Section, UsageError> {
    let found = Section::ALL.iter().find(|(_, own)| *own == name);
    found.map(|(section, _)| *section).ok_or_else(|| {
        let text = format!("--print `{name}`: there are maps, smaps, events and figures");
        UsageError::new(text)
    })
}

fn read(path: &str) -> Result<Vec<u8>, UsageError> {
    fs::read(path).map_err(|error| UsageError::new(format!("{path}: {error}")))
}

/// Gives out what the program printed. Where nobody reads it any more, this ends as the program would: by SIGPIPE.
fn give_out(output: Vec<Output>) {
    for Output { fd, bytes, .. } in output {
        let given = match fd {
            2 => io::stderr().write_all(&bytes),
            _ => io::stdout().write_all(&bytes),
        };
        if given.is_err() {
            std::process::exit(shell_status(abi::Signal::Pipe.number()));
        }
    }
    let _ = io::stdout().flush();
}

/// Shows what was asked for beside what the program printed.
fn show(ran: &Ran) {
    let mut text = Vec::new();
    for printed in &ran.sections {
        let title = match printed.pid {
            Some(pid) => format!("== {} {pid} ==\n", printed.section.name()),
            None => format!("== {} ==\n", printed.section.name()),
        };
        text.extend(title.into_bytes());
        text.extend(printed.text.as_bytes());
    }
    // A closed pipe behind us is nobody's mistake.
    let _ = io::stdout().write_all(&text);
}

fn as_json(ran: &Ran) -> serde_json::Value {
    let text = |fd| String::from_utf8_lossy(&ran.end.printed(fd)).into_owned();
    let warnings = ran.end.account.warnings.iter().map(|warning| {
        let position = warning.source.position(warning.span.start);
        json!({
            "pid": warning.pid.0,
            "line": position.line,
            "column": position.column,
            "message": &*warning.message,
        })
    });
    let sections = ran.sections.iter().map(|printed| {
        json!({
            "print": printed.section.name(),
            "pid": printed.pid.map(|pid| pid.0),
            "text": printed.text,
        })
    });
    json!({
        "stdout": text(1),
        "stderr": text(2),
        "status": ran.status.map(shell_status),
        "failure": ran.end.failure(),
        "statements": ran.end.statements,
        "warnings": warnings.collect::<Vec<_>>(),
        "printed": sections.collect::<Vec<_>>(),
    })
}
