//! Writes a trace as a C program of the lab's language, for people to read, run and keep.

use std::fmt::Write as _;

use abi::{MapFlags, Syscall, VirtAddr};
use kernel::Width;

use crate::operation::{Action, Answer, Operation, Process};

/// The program of a trace whose operations gave these answers. `note` becomes its first comment.
pub fn c_program(trace: &[Operation], answers: &[Answer], note: &str) -> String {
    let mut writer = Writer {
        trace,
        answers,
        places: Vec::new(),
        text: String::new(),
    };
    writer.name_places();
    writer.write(note)
}

/// A mapping that the kernel placed: its variable's name is `p` and the operation's index.
struct Place {
    index: usize,
    start: u64,
    length: u64,
}

struct Writer<'a> {
    trace: &'a [Operation],
    answers: &'a [Answer],
    places: Vec<Place>,
    text: String,
}

impl Writer<'_> {
    fn name_places(&mut self) {
        for (index, operation) in self.trace.iter().enumerate() {
            let Action::Call(Syscall::Mmap { length, flags, .. }) = &operation.action else {
                continue;
            };
            let fixed = MapFlags::MAP_FIXED | MapFlags::MAP_FIXED_NOREPLACE;
            if let Some(Answer::Value(start)) = self.answers.get(index)
                && !flags.intersects(fixed)
            {
                self.places.push(Place {
                    index,
                    start: *start,
                    length: length.next_multiple_of(4096),
                });
            }
        }
    }

    fn write(mut self, note: &str) -> String {
        let many = self.trace.iter().any(|o| o.process != Process(0));
        let signals = self.answers.iter().rev().skip(1);
        let catches = signals
            .into_iter()
            .any(|a| matches!(a, Answer::Signal { .. }));
        for line in note.lines() {
            let _ = writeln!(self.text, "// {line}");
        }
        self.text.push_str(HEADERS);
        if catches {
            self.text.push_str(CATCH);
        }
        if self.uses(|a| matches!(a, Action::LoadBytes { .. })) {
            self.text.push_str(LOAD);
        }
        if self.uses(|a| matches!(a, Action::StoreBytes { .. })) {
            self.text.push_str(STORE);
        }
        for place in &self.places {
            let _ = writeln!(self.text, "static char *p{};", place.index);
        }
        if many {
            self.text.push_str(STEPS);
        }
        self.text.push_str("\nint main(void)\n{\n");
        if catches {
            self.text
                .push_str("    signal(SIGSEGV, caught);\n    signal(SIGBUS, caught);\n");
        }
        if many {
            self.text.push_str(START);
        }
        self.process(Process(0), 0, 1, many);
        self.text.push_str("    return 0;\n}\n");
        self.text
    }

    fn uses(&self, what: impl Fn(&Action) -> bool) -> bool {
        self.trace.iter().any(|operation| what(&operation.action))
    }

    /// The statements of one process from the operation `from` on; a fork holds its child's.
    fn process(&mut self, process: Process, from: usize, depth: usize, many: bool) {
        let indent = "    ".repeat(depth);
        for index in from..self.trace.len() {
            let operation = &self.trace[index];
            if operation.process != process {
                continue;
            }
            let before = index.checked_sub(1).map(|i| self.trace[i].process);
            let after = self.trace.get(index + 1).map(|o| o.process);
            if many && before != Some(process) {
                let _ = writeln!(self.text, "{indent}AT({index});");
            }
            let child = match (&operation.action, self.answers.get(index)) {
                (
                    Action::Call(call @ (Syscall::Fork {} | Syscall::Vfork {})),
                    Some(Answer::Value(child)),
                ) => Some((call, *child)),
                _ => None,
            };
            match child {
                Some((call, child)) => {
                    let _ = writeln!(self.text, "{indent}if ({call} == 0) {{");
                    self.process(Process(child as u8), index + 1, depth + 1, many);
                    let _ = writeln!(self.text, "{indent}    _exit(0);\n{indent}}}");
                }
                None => {
                    let statement = self.statement(index);
                    let _ = writeln!(self.text, "{indent}{statement}");
                }
            }
            if many && after.is_some_and(|next| next != process) {
                let _ = writeln!(self.text, "{indent}GO({});", index + 1);
            }
        }
    }

    fn statement(&self, index: usize) -> String {
        let operation = &self.trace[index];
        let text = match &operation.action {
            Action::Call(call) => {
                let place = self.places.iter().find(|place| place.index == index);
                let variable = place.map_or(String::new(), |p| format!("p{} = ", p.index));
                format!("{variable}{};", self.call(call))
            }
            Action::Load { address, width } => {
                format!("*(volatile {} *){};", type_of(*width), self.place(*address))
            }
            Action::Store {
                address,
                width,
                value,
            } => {
                let place = self.place(*address);
                format!("*(volatile {} *){place} = {value:#x};", type_of(*width))
            }
            Action::LoadBytes { address, length } => {
                format!("load({}, {length});", self.place(*address))
            }
            Action::StoreBytes { address, bytes } => {
                let first = bytes.first().copied().unwrap_or(0);
                format!("store({}, {}, {first});", self.place(*address), bytes.len())
            }
            Action::CopyBytes { to, from, length } => {
                format!(
                    "memcpy({}, {}, {length});",
                    self.place(*to),
                    self.place(*from)
                )
            }
            Action::FillBytes { to, byte, length } => {
                format!("memset({}, {byte}, {length});", self.place(*to))
            }
            Action::Fetch { address } => format!("((void (*)(void)){})();", self.place(*address)),
        };
        match self.answers.get(index) {
            Some(Answer::Signal { .. }) if index + 1 < self.trace.len() => {
                format!("CATCH({});", text.trim_end_matches(';'))
            }
            _ => text,
        }
    }

    fn place(&self, address: VirtAddr) -> String {
        let within = |p: &&Place| (p.start..p.start + p.length).contains(&address.0);
        match self.places.iter().rev().find(within) {
            Some(place) if place.start == address.0 => format!("p{}", place.index),
            Some(place) => format!("(p{} + {:#x})", place.index, address.0 - place.start),
            None => format!("(void *){:#x}", address.0),
        }
    }

    /// The call in C, its addresses as pointers.
    fn call(&self, call: &Syscall) -> String {
        let text = call.to_string().replacen("wait4(", "waitpid(", 1);
        let Some((name, arguments)) = text.trim_end_matches(')').split_once('(') else {
            return text;
        };
        let arguments: Vec<String> = arguments.split(", ").map(|a| self.argument(a)).collect();
        format!("{name}({})", arguments.join(", "))
    }

    fn argument(&self, text: &str) -> String {
        let hex = text.strip_prefix("0x");
        if let Some(address) = hex.and_then(|digits| u64::from_str_radix(digits, 16).ok()) {
            // Smaller numbers are flags without a name.
            let pointer = address >= 0x10_0000;
            return if pointer {
                self.place(VirtAddr(address))
            } else {
                text.to_string()
            };
        }
        match text.parse::<u64>() {
            Ok(number) if i64::try_from(number).is_err() => format!("{number}UL"),
            _ => text.to_string(),
        }
    }
}

fn type_of(width: Width) -> &'static str {
    match width {
        Width::Byte => "uint8_t",
        Width::Half => "uint16_t",
        Width::Word => "uint32_t",
        Width::Long => "uint64_t",
    }
}

const HEADERS: &str = "#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

";

const CATCH: &str = "static sigjmp_buf back;
static void caught(int signal) { siglongjmp(back, signal); }
#define CATCH(access) do { if (!sigsetjmp(back, 1)) { access; } } while (0)
";

const LOAD: &str = "static void load(void *from, size_t length)
{
    for (size_t i = 0; i < length; i++) ((volatile char *)from)[i];
}
";

const STORE: &str = "static void store(void *to, size_t length, int first)
{
    for (size_t i = 0; i < length; i++) ((volatile char *)to)[i] = first + i;
}
";

const STEPS: &str = "static volatile int *step; // Whose turn it is.
#define AT(n) while (*step != n) sched_yield()
#define GO(n) *step = n
";

const START: &str =
    "    step = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0);\n";
