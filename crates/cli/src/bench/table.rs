//! The table that `mmap-lab bench` prints.

use bench::{Goal, Row};
use serde_json::{Value, json};

/// What was measured of a row, in operations a second: medians, none where nothing was measured.
pub struct Line {
    pub row: Row,
    pub model: Option<f64>,
    pub wasm: Option<f64>,
    pub linux: Option<f64>,
}

pub fn print_heading(with_wasm: bool) {
    let (side, goal) = ("model ops/s", "wanted");
    print!(
        "{:33}{:>12}{side:>13}{:>9}{goal:>8}",
        "", "Linux ops/s", "ratio"
    );
    if with_wasm {
        print!("{:>13}{:>9}{goal:>8}", "wasm ops/s", "ratio");
    }
    println!();
}

impl Line {
    pub fn print(&self, with_wasm: bool) {
        print!("{:33}{:>12}", self.row.name(), rate_text(self.linux));
        self.print_side(self.model, self.row.goal());
        if with_wasm {
            self.print_side(self.wasm, self.row.goal_in_wasm());
        }
        println!();
    }

    fn print_side(&self, rate: Option<f64>, goal: Goal) {
        let ratio = self.ratio(rate).map(|ratio| format!("{ratio:.1}x"));
        let ratio = ratio.unwrap_or_else(|| "-".into());
        let wanted = match goal {
            Goal::TimesLinux(times) => format!("{times}x"),
            Goal::Rate(rate) => format!("{}M/s", rate / 1e6),
        };
        print!("{:>13}{ratio:>9}{wanted:>8}", rate_text(rate));
    }

    fn ratio(&self, rate: Option<f64>) -> Option<f64> {
        rate.zip(self.linux).map(|(rate, linux)| rate / linux)
    }

    fn to_json(&self) -> Value {
        let side = |rate: Option<f64>, goal: Goal| {
            let (kind, wanted) = match goal {
                Goal::TimesLinux(times) => ("times_linux", times),
                Goal::Rate(rate) => ("rate", rate),
            };
            json!({
                "rate": rate,
                "ratio": self.ratio(rate),
                "wanted": { kind: wanted },
                "met": rate.map(|rate| goal.is_met(rate, self.linux)),
            })
        };
        json!({
            "row": self.row.name(),
            "linux": self.linux,
            "model": side(self.model, self.row.goal()),
            "wasm": side(self.wasm, self.row.goal_in_wasm()),
        })
    }
}

pub fn print_json(lines: &[Line]) {
    let lines: Vec<Value> = lines.iter().map(Line::to_json).collect();
    println!("{:#}", Value::from(lines));
}

fn rate_text(rate: Option<f64>) -> String {
    rate.map_or_else(|| "-".into(), |rate| format!("{rate:.0}"))
}
