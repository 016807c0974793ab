//! `mmap-lab bench`: what operations cost on the model and on this Linux.
//!
//! A machine is rarely alone, and what disturbs it comes and goes. So a row is measured in many short rounds, in each of
//! them on every side, for about the same CPU time; a round gives one ratio, and the median of the rounds' ratios counts.
//! What disturbs a whole round disturbs both sides of its ratio; what disturbs one side alone makes an outlier of it.
//! The quartiles are printed beside: where they lie far apart, the machine was too busy to be believed.

mod node;
mod table;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bench::{Row, Sample};
use lexopt::prelude::*;
use oracle::costs::{self, Linux};

use crate::arguments::UsageError;
use node::Node;
use table::{Line, Side, Spread};

/// A row gets so many rounds at least, and goes on up to [`MOST_ROUNDS`] for [`TIME`].
const FEWEST_ROUNDS: usize = 7;
const MOST_ROUNDS: usize = 41;
const TIME: Duration = Duration::from_secs(2);
/// In a round the model is measured again until it ran as long as Linux, but not more often than this.
const MOST_SAMPLES: usize = 16;

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

/// What a round measured, in operations a second.
struct Round {
    linux: Option<f64>,
    model: Option<f64>,
    wasm: Option<f64>,
}

/// Measures a row on all sides, round by round.
fn measure(row: Row, mut node: Option<&mut Node>, linux: &mut Linux) -> Line {
    // V8 compiles wasm anew while it runs, and well only what has run for a while.
    let _ = node.as_mut().map(|node| node.sample(row));
    let start = Instant::now();
    let mut rounds = Vec::new();
    while rounds.len() < FEWEST_ROUNDS || rounds.len() < MOST_ROUNDS && start.elapsed() < TIME {
        let native = linux.sample(row);
        let seconds = native.map_or(0.0, |native| native.seconds);
        let model = for_as_long(seconds, || bench::sample(row, &costs::cpu_seconds));
        let wasm = node
            .as_mut()
            .and_then(|node| for_as_long(seconds, || node.sample(row)));
        rounds.push(Round {
            linux: native.map(Sample::rate),
            model: model.map(Sample::rate),
            wasm: wasm.map(Sample::rate),
        });
    }
    let linux = rounds.iter().filter_map(|round| round.linux);
    Line {
        row,
        linux: Spread::of(linux.collect()).map(|spread| spread.median),
        model: side(&rounds, |round| round.model),
        wasm: side(&rounds, |round| round.wasm),
    }
}

/// Samples until they took this time, as one; none where one of them failed.
fn for_as_long(seconds: f64, mut sample: impl FnMut() -> Option<Sample>) -> Option<Sample> {
    let mut all = sample()?;
    for _ in 1..MOST_SAMPLES {
        if all.seconds >= seconds {
            break;
        }
        all = all.and(sample()?);
    }
    Some(all)
}

/// What one side of the model did in all rounds.
fn side(rounds: &[Round], rate: impl Fn(&Round) -> Option<f64>) -> Option<Side> {
    let rates = rounds.iter().filter_map(&rate).collect();
    let ratios = rounds
        .iter()
        .filter_map(|round| Some(rate(round)? / round.linux?));
    Some(Side {
        rate: Spread::of(rates)?.median,
        ratio: Spread::of(ratios.collect()),
    })
}
