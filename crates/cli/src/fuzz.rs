//! `mmap-lab fuzz`: random programs on the model and on this Linux.

use std::process::ExitCode;
use std::time::Duration;

use lexopt::prelude::*;
use oracle::fuzz::{Met, Plan, fuzz};
use oracle::generator;
use oracle::linux::Linux;
use oracle::model::Model;

use crate::arguments::UsageError;

pub fn main(mut parser: lexopt::Parser) -> Result<ExitCode, UsageError> {
    let mut plan = Plan {
        seed: 1,
        operations: 100_000,
        at_most: None,
        divergences: 1,
        trace: None,
        only: Vec::new(),
    };
    let mut operations = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("seed") => plan.seed = parser.value()?.parse()?,
            Long("ops") => operations = Some(parser.value()?.parse()?),
            Long("minutes") => {
                let minutes: u64 = parser.value()?.parse()?;
                plan.at_most = Some(Duration::from_secs(60 * minutes));
            }
            Long("divergences") => plan.divergences = parser.value()?.parse()?,
            Long("trace") => plan.trace = Some(parser.value()?.parse()?),
            Long("only") => {
                let names = parser.value()?.string()?;
                plan.only = names.split(',').map(str::to_string).collect();
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if let Some(unknown) = plan
        .only
        .iter()
        .find(|o| !generator::names().any(|n| n == *o))
    {
        let names: Vec<&str> = generator::names().collect();
        let names = names.join(", ");
        return Err(UsageError::new(format!(
            "--only `{unknown}`: there are {names}"
        )));
    }
    plan.operations = match (operations, plan.at_most) {
        (Some(operations), _) => operations,
        (None, Some(_)) => u64::MAX,
        (None, None) => plan.operations,
    };
    Ok(run(&plan))
}

fn run(plan: &Plan) -> ExitCode {
    if let Some(why) = Linux::unavailable() {
        eprintln!("mmap-lab: no oracle here: {why}");
        return ExitCode::from(2);
    }
    let mut linux = match Linux::empty() {
        Ok(linux) => linux,
        Err(error) => {
            eprintln!("mmap-lab: {error}");
            return ExitCode::from(2);
        }
    };
    let mut model = Model::new();
    let summary = fuzz(&mut model, &mut linux, plan, |met| match met {
        Met::Divergence(finding) => {
            println!("// seed {}", plan.seed);
            println!("{}", finding.report());
        }
        Met::Once {
            trace_seed,
            operation,
            difference,
        } => {
            println!("// trace seed {trace_seed} differed once");
            println!("// after: {operation}");
            println!("// {}", difference.observable);
            println!("// model: {}", difference.model);
            println!("// Linux: {}", difference.linux);
        }
    });
    let summary = match summary {
        Ok(summary) => summary,
        Err(error) => {
            eprintln!("mmap-lab: the oracle cannot go on: {error}");
            return ExitCode::from(2);
        }
    };
    if summary.unstable > 0 {
        println!(
            "traces that differed once and not again: {}",
            summary.unstable
        );
    }
    if summary.known > 0 {
        println!("known divergences met: {}", summary.known);
    }
    let (operations, divergences) = (summary.operations, summary.divergences);
    println!("ops: {operations}, divergences: {divergences}");
    ExitCode::from(u8::from(divergences > 0))
}
