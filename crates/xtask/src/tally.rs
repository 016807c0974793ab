//! Counting tests from what their runners print.

use std::fmt;
use std::ops::AddAssign;

/// How many tests (or checks that have no tests of their own) passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Those that held.
    pub passed: u32,
    /// Those that did not.
    pub failed: u32,
}

impl Tally {
    /// What a runner's line adds: the summaries of nextest, of Rust's own and wasm-bindgen's harness, and of node.
    pub fn of_line(line: &str) -> Tally {
        let words: Vec<&str> = line
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        let before = |name| {
            let at = words.iter().position(|word| *word == name)?;
            words.get(at.checked_sub(1)?)?.parse().ok()
        };
        // "Summary [ 0.1s] 5 tests run: 4 passed, 1 failed", "test result: ok. 3 passed; 0 failed"
        let rust = words.starts_with(&["Summary"]) || words.starts_with(&["test", "result"]);
        match words[..] {
            // "ℹ pass 3"
            ["pass", count] => Tally {
                passed: count.parse().unwrap_or(0),
                failed: 0,
            },
            ["fail" | "cancelled", count] => Tally {
                passed: 0,
                failed: count.parse().unwrap_or(0),
            },
            _ if rust => Tally {
                passed: before("passed").unwrap_or(0),
                failed: before("failed").unwrap_or(0) + before("timed").unwrap_or(0),
            },
            _ => Tally::default(),
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn counts(line: &str) -> (u32, u32) {
        let tally = Tally::of_line(line);
        (tally.passed, tally.failed)
    }

    #[test]
    fn each_runner_s_summary_is_read() {
        assert_eq!(
            counts("     Summary [   0.013s] 5 tests run: 4 passed, 1 failed, 2 skipped"),
            (4, 1)
        );
        assert_eq!(
            counts(
                "     Summary [  60.013s] 9 tests run: 6 passed (1 slow), 1 failed, 2 timed out, 0 skipped"
            ),
            (6, 3)
        );
        assert_eq!(
            counts(
                "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out"
            ),
            (3, 2)
        );
        assert_eq!(counts("ℹ pass 7"), (7, 0));
        assert_eq!(counts("ℹ fail 2"), (0, 2));
        assert_eq!(counts("# cancelled 1"), (0, 1));
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(counts("running 3 tests"), (0, 0));
        assert_eq!(
            counts("        PASS [   0.004s] kernel mm::tests::passed"),
            (0, 0)
        );
    }
}
