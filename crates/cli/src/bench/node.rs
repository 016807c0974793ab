//! The model compiled to wasm, in Node: `cargo xtask bench` builds what it runs.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use bench::{Row, Sample};

/// A Node that measures rows when asked to. It ends with this value.
pub struct Node {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Node {
    /// Starts Node with the script `node.mjs` of the crate `bench`.
    pub fn start(script: &OsStr) -> io::Result<Node> {
        let mut child = Command::new("node")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok(Node {
            child,
            questions,
            answers: BufReader::new(answers),
        })
    }

    /// Measures a row once; none where it failed.
    pub fn sample(&mut self, row: Row) -> Option<Sample> {
        let number = Row::ALL.iter().position(|known| *known == row)?;
        writeln!(self.questions, "{number}").ok()?;
        let mut line = String::new();
        self.answers.read_line(&mut line).ok()?;
        let mut numbers = line.split_whitespace().map(str::parse::<f64>);
        let (operations, seconds) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
        Some(Sample {
            operations: operations as u64,
            seconds,
        })
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
