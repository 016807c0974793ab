//! The table that `mmap-lab bench` prints.

use bench::{Goal, Row};
use serde_json::{Value, json};

/// What was measured of a row; none where nothing was.
pub struct Line {
    pub row: Row,
    /// Linux's operations in a second: the median.
    pub linux: Option<f64>,
    pub model: Option<Side>,
    pub wasm: Option<Side>,
}

/// The model, natively or in wasm.
pub struct Side {
    /// Operations in a second: the median.
    pub rate: f64,
    /// How many times as fast as Linux in the same round.
    pub ratio: Option<Spread>,
}

/// Where the middle half of many numbers lies.
pub struct Spread {
    pub lower: f64,
    pub median: f64,
    pub upper: f64,
}

impl Spread {
    /// The quartiles of these numbers, of which there is one at least.
    pub fn of(mut values: Vec<f64>) -> Option<Spread> {
        values.sort_by(f64::total_cmp);
        let at = |quarter: usize| values.get(values.len() * quarter / 4).copied();
        Some(Spread {
            lower: at(1)?,
            median: at(2)?,
            upper: at(3)?,
        })
    }
}

pub fn print_heading(with_wasm: bool) {
    print!("{:33}{:>12}", "", "Linux ops/s");
    print_side_heading("model ops/s");
    if with_wasm {
        print_side_heading("wasm ops/s");
    }
    println!();
}

fn print_side_heading(side: &str) {
    print!("{side:>13}{:>9}{:>14}{:>8}", "ratio", "quartiles", "wanted");
}

impl Line {
    pub fn print(&self, with_wasm: bool) {
        let linux = self.linux.map(rate_text);
        print!("{:33}{:>12}", self.row.name(), text_or_dash(linux));
        print_side(self.model.as_ref(), self.row.goal());
        if with_wasm {
            print_side(self.wasm.as_ref(), self.row.goal_in_wasm());
        }
        println!();
    }

    fn to_json(&self) -> Value {
        json!({
            "row": self.row.name(),
            "linux": self.linux,
            "model": side_to_json(self.model.as_ref(), self.row.goal()),
            "wasm": side_to_json(self.wasm.as_ref(), self.row.goal_in_wasm()),
        })
    }
}

fn print_side(side: Option<&Side>, goal: Goal) {
    let ratio = side.and_then(|side| side.ratio.as_ref());
    let wanted = match goal {
        Goal::TimesLinux(times) => format!("{times}x"),
        Goal::Rate(rate) => format!("{}M/s", rate / 1e6),
    };
    print!(
        "{:>13}{:>9}{:>14}{wanted:>8}",
        text_or_dash(side.map(|side| rate_text(side.rate))),
        text_or_dash(ratio.map(|ratio| format!("{:.1}x", ratio.median))),
        text_or_dash(ratio.map(|ratio| format!("{:.1}-{:.1}", ratio.lower, ratio.upper))),
    );
}

fn side_to_json(side: Option<&Side>, goal: Goal) -> Value {
    let ratio = side.and_then(|side| side.ratio.as_ref());
    let median = ratio.map(|ratio| ratio.median);
    let (kind, wanted) = match goal {
        Goal::TimesLinux(times) => ("times_linux", times),
        Goal::Rate(rate) => ("rate", rate),
    };
    json!({
        "rate": side.map(|side| side.rate),
        "ratio": median,
        "quartiles": ratio.map(|ratio| [ratio.lower, ratio.upper]),
        "wanted": { kind: wanted },
        "met": side.map(|side| goal.is_met(side.rate, median)),
    })
}

pub fn print_json(lines: &[Line]) {
    let lines: Vec<Value> = lines.iter().map(Line::to_json).collect();
    println!("{:#}", Value::from(lines));
}

fn rate_text(rate: f64) -> String {
    format!("{rate:.0}")
}

fn text_or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".into())
}
