//! `mmap-lab bench`: what operations cost on the model and on this Linux, measured alternately.

use std::process::ExitCode;

use lexopt::prelude::*;
use oracle::bench::{Row, Sample, on_linux, on_model};

use crate::arguments::UsageError;

/// Samples of each row and side; the median counts.
const SAMPLES: usize = 7;

pub fn main(mut parser: lexopt::Parser) -> Result<ExitCode, UsageError> {
    let mut json = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("json") => json = true,
            other => return Err(other.unexpected().into()),
        }
    }
    if !json {
        println!(
            "{:34}{:>14}{:>14}{:>10}{:>8}",
            "", "model ops/s", "Linux ops/s", "ratio", "wanted"
        );
    }
    let lines: Vec<String> = Row::ALL.into_iter().map(|row| measure(row, json)).collect();
    if json {
        println!("[\n{}\n]", lines.join(",\n"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Measures a row; prints its line, or gives it as JSON.
fn measure(row: Row, json: bool) -> String {
    let (mut model, mut linux) = (Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        model.extend(on_model::sample(row, &on_linux::cpu_seconds).map(Sample::rate));
        linux.extend(on_linux::sample(row).map(Sample::rate));
    }
    let (model, linux) = (median(&mut model), median(&mut linux));
    let ratio = model.zip(linux).map(|(model, linux)| model / linux);
    let (name, wanted) = (row.name(), row.wanted_ratio());
    if json {
        let number = |value: Option<f64>| value.map_or("null".into(), |v| format!("{v:.1}"));
        let (model, linux, ratio) = (number(model), number(linux), number(ratio));
        return format!(
            "  {{\"row\": \"{name}\", \"model\": {model}, \"linux\": {linux}, \"ratio\": {ratio}, \"wanted\": {wanted}}}"
        );
    }
    let number = |value: Option<f64>| value.map_or("-".to_string(), |v| format!("{v:.0}"));
    let ratio = ratio.map_or("-".to_string(), |ratio| format!("{ratio:.1}x"));
    println!(
        "{name:34}{:>14}{:>14}{ratio:>10}{:>8}",
        number(model),
        number(linux),
        format!("{wanted}x")
    );
    String::new()
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
