//! `mmap-lab bench`: what operations cost on the model and on this Linux, measured alternately.

mod node;
mod table;

use std::ffi::OsString;
use std::process::ExitCode;

use bench::{Row, Sample};
use lexopt::prelude::*;
use oracle::costs::{self, Linux};

use crate::arguments::UsageError;
use node::Node;
use table::Line;

/// Samples of each row and side; the median counts.
const SAMPLES: usize = 7;

pub fn main(mut parser: lexopt::Parser) -> Result<ExitCode, UsageError> {
    let mut json = false;
    let mut script: Option<OsString> = None;
    let mut words = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("json") => json = true,
            Long("wasm") => script = Some(parser.value()?),
            Value(word) => words.push(word.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let mut linux = Linux::start()
        .map_err(|error| UsageError::new(format!("no process for Linux's side: {error}")))?;
    costs::keep_freed_memory();
    let node = script.as_deref().map(Node::start).transpose();
    let mut node =
        node.map_err(|error| UsageError::new(format!("node cannot be started: {error}")))?;
    let chosen = |row: &Row| words.is_empty() || words.iter().any(|word| row.name().contains(word));
    let rows: Vec<Row> = Row::ALL.into_iter().filter(chosen).collect();
    if rows.is_empty() {
        return Err(UsageError::new("no row of that name"));
    }
    if !json {
        table::print_heading(node.is_some());
    }
    let mut lines = Vec::new();
    for row in rows {
        let line = measure(row, node.as_mut(), &mut linux);
        if !json {
            line.print(node.is_some());
        }
        lines.push(line);
    }
    if json {
        table::print_json(&lines);
    }
    Ok(ExitCode::SUCCESS)
}

/// Measures a row on all sides, one sample of each after the other.
fn measure(row: Row, mut node: Option<&mut Node>, linux: &mut Linux) -> Line {
    let (mut model, mut wasm, mut native) = (Vec::new(), Vec::new(), Vec::new());
    // V8 compiles wasm anew while it runs, and well only what has run for a while.
    let _ = node.as_mut().map(|node| node.sample(row));
    for _ in 0..SAMPLES {
        model.extend(bench::sample(row, &costs::cpu_seconds).map(Sample::rate));
        let in_wasm = node.as_mut().and_then(|node| node.sample(row));
        wasm.extend(in_wasm.map(Sample::rate));
        native.extend(linux.sample(row).map(Sample::rate));
    }
    Line {
        row,
        model: median(model),
        wasm: median(wasm),
        linux: median(native),
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
