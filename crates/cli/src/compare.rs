//! `mmap-lab compare`: two forms of one job on the model, and what each of them cost, side by side.

use std::fs;
use std::process::ExitCode;

use lexopt::prelude::*;
use minic::program::{RunOptions, start_program};
use view::Costs;

use crate::arguments::UsageError;

pub fn main(mut parser: lexopt::Parser) -> Result<ExitCode, UsageError> {
    let mut names = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Value(value) if names.len() < 2 => names.push(value.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let [left, right] = names.as_slice() else {
        return Err(UsageError::new("two programs are wanted: A.c B.c"));
    };
    let (Some(a), Some(b)) = (costs_of(left)?, costs_of(right)?) else {
        return Ok(ExitCode::from(2));
    };
    print!("{}", table((left, &a), (right, &b)));
    Ok(ExitCode::SUCCESS)
}

/// What a program cost from its start to its end; none, and a message, where it is not valid.
fn costs_of(name: &str) -> Result<Option<Costs>, UsageError> {
    let text = fs::read_to_string(name).map_err(|e| UsageError::new(format!("{name}: {e}")))?;
    let options = RunOptions::default();
    let (mut kernel, mut machine) = match start_program(name, &text, &options) {
        Ok(started) => started,
        Err(message) => {
            eprintln!("{}", message.trim_end());
            return Ok(None);
        }
    };
    let mut costs = Costs::default();
    let mut statements = 0;
    machine.run_watched(&mut kernel, |report, before| {
        costs.look(before);
        for executed in &report.account.commands {
            costs.add(&executed.command, &executed.events);
        }
        statements += u64::from(report.statement_ended);
        statements < options.statements
    });
    costs.look(&kernel);
    if statements >= options.statements {
        let text = format!("{name}: still running after {statements} statements");
        return Err(UsageError::new(text));
    }
    Ok(Some(costs))
}

/// A line a number; the last column says how much more (or less) the second one cost.
fn table((left, a): (&str, &Costs), (right, b): (&str, &Costs)) -> String {
    let width = left.len().max(right.len()).max(10);
    let mut text = format!("{:<22} {left:>width$} {right:>width$}\n", "");
    for ((name, a), (_, b)) in a.rows().into_iter().zip(b.rows()) {
        let difference = match i128::from(b) - i128::from(a) {
            0 => String::new(),
            difference => format!("  {difference:+}"),
        };
        text += &format!("{name:<22} {a:>width$} {b:>width$}{difference}\n");
    }
    text
}
