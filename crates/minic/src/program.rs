//! From a source text to its output: compile a program, and run it on a kernel to its end.

use std::rc::Rc;

use kernel::{Command, Executable, Kernel, KernelConfig, Outcome};

use crate::check::{Rejected, check_program};
use crate::code::Code;
use crate::lower::lower_program;
use crate::machine::{Machine, RunEnd, Status};
use crate::typed::Program;

/// A program ready to start. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Compiled {
    pub(crate) program: Rc<Program>,
    pub(crate) code: Rc<Code>,
    pub(crate) executable: Rc<Executable>,
}

impl Compiled {
    /// What the kernel runs: the program's segments.
    pub fn executable(&self) -> &Rc<Executable> {
        &self.executable
    }

    /// Compiles a text; `name` is what `__FILE__` and diagnostics say, `predefined` are macros as with `-D`.
    ///
    /// # Errors
    /// Everything wrong with the text.
    pub fn new(name: &str, text: &str, predefined: &[(&str, &str)]) -> Result<Compiled, Rejected> {
        let program = check_program(name, text, predefined)?;
        let path = executable_path(name);
        let (code, executable) = lower_program(&program, &path).map_err(|diagnostic| {
            let source = program
                .functions
                .first()
                .map(|function| function.source.clone());
            Rejected {
                source: source.unwrap_or_else(|| Rc::new(crate::source::Source::new(name, text))),
                diagnostics: vec![diagnostic],
            }
        })?;
        Ok(Compiled {
            program: Rc::new(program),
            code: Rc::new(code),
            executable: Rc::new(executable),
        })
    }
}

/// The path of a program's executable in the simulated machine: its name without folders and `.c`, where no program
/// creates its own files.
fn executable_path(name: &str) -> String {
    let file = name.rsplit('/').next().unwrap_or(name);
    let stem = file.strip_suffix(".c").unwrap_or(file);
    let stem = if stem.is_empty() { "program" } else { stem };
    format!("/bin/{stem}")
}

/// How a program is run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The machine.
    pub config: KernelConfig,
    /// Files that are on its disk, by path.
    pub files: Vec<(Rc<str>, Rc<[u8]>)>,
    /// What follows the program's name in `argv`.
    pub arguments: Vec<Rc<str>>,
    /// How many statements may run.
    pub statements: u64,
}

impl Default for RunOptions {
    fn default() -> RunOptions {
        RunOptions {
            config: KernelConfig::linux(),
            files: Vec::new(),
            arguments: Vec::new(),
            statements: DEFAULT_STATEMENTS,
        }
    }
}

/// Statements that a program may run before it is said to spin.
pub const DEFAULT_STATEMENTS: u64 = 400_000_000;

/// A program that has run.
#[derive(Clone, Debug)]
pub struct RunResult {
    /// The exit status as a shell gives it: 128 + N when signal N killed it. None when it did not end.
    pub status: Option<i32>,
    /// What it printed, why it stopped, and warnings.
    pub end: RunEnd,
    /// The machine afterwards.
    pub kernel: Kernel,
}

/// Compiles a program and starts it on a new machine.
///
/// # Errors
/// What is wrong with the text, or why the machine cannot start it, as text.
pub fn start_program(
    name: &str,
    text: &str,
    options: &RunOptions,
) -> Result<(Kernel, Machine), String> {
    let compiled = Compiled::new(name, text, &[]).map_err(|rejected| rejected.render())?;
    let mut kernel = Kernel::new(options.config.clone());
    for (path, bytes) in &options.files {
        let (path, bytes) = (path.clone(), bytes.clone());
        let added = kernel.execute(&Command::AddFile { path, bytes });
        if let Outcome::Error { errno, .. } = added {
            return Err(format!("a file cannot be added: {}\n", errno.message()));
        }
    }
    let mut arguments = vec![compiled.executable.path.clone()];
    arguments.extend(options.arguments.iter().cloned());
    let machine = Machine::start(&mut kernel, &compiled, arguments)?;
    Ok((kernel, machine))
}

/// Compiles and runs a program to its end.
///
/// # Errors
/// As [`start_program`].
pub fn run_program(name: &str, text: &str, options: &RunOptions) -> Result<RunResult, String> {
    let (mut kernel, mut machine) = start_program(name, text, options)?;
    let end = machine.run(&mut kernel, options.statements);
    Ok(RunResult {
        status: machine.exit_status().map(shell_status),
        kernel,
        end,
    })
}

/// A status of wait4(2) as a shell gives it.
pub fn shell_status(status: i32) -> i32 {
    match status & 0x7f {
        0 => (status >> 8) & 0xff,
        signal => 128 + signal,
    }
}

impl RunEnd {
    /// What reached the terminal through a descriptor: 1 is standard output, 2 standard error.
    pub fn printed(&self, fd: i32) -> Vec<u8> {
        let pieces = self.account.output.iter().filter(|output| output.fd == fd);
        pieces
            .flat_map(|output| output.bytes.iter().copied())
            .collect()
    }

    /// Why the program did not end, as one clear sentence; none when it ended.
    pub fn failure(&self) -> Option<String> {
        Some(match &self.status {
            Status::Finished => return None,
            Status::Deadlock => "every process waits for ever".into(),
            Status::BudgetSpent => format!(
                "{} statements have run and the program has not ended: does a loop spin?",
                self.statements
            ),
            Status::Failed(message) => message.clone(),
            Status::Running | Status::Idle | Status::Waiting => "the program did not end".into(),
        })
    }
}
