//! Looks for texts on which the language panics or hangs: `cargo run --release -p mmap-minic --example fuzz -- [--minutes M] [--seed S]`.
//!
//! Programs of `tests/suite` are changed at random, token by token, or made from a small grammar. Each is compiled, typed
//! at a console, and when it is valid run for a while, with parts of it typed where it stands. A text that makes
//! something panic is made smaller, printed, and ends the search with status 1.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kernel::Kernel;
use minic::check::{ConsoleScope, check_console};
use minic::machine::{Machine, Status};
use minic::program::{Compiled, RunOptions, start_program};

/// How many statements of a valid program run.
const STATEMENTS: u64 = 20_000;
/// A text that takes longer than this hangs.
const HANG: Duration = Duration::from_secs(60);

/// Pieces that texts are changed with.
const PIECES: &[&str] = &[
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ";",
    ",",
    "*",
    "&",
    "+",
    "-",
    "++",
    "--",
    "->",
    ".",
    "...",
    "=",
    "==",
    "<<=",
    ">>",
    "%",
    "/",
    "!",
    "~",
    "?",
    ":",
    "#",
    "##",
    "\\\n",
    "\n",
    "\"",
    "'",
    "'\\x'",
    "\"\\777\"",
    "/*",
    "*/",
    "//",
    "0",
    "1",
    "-1",
    "0x7fffffff",
    "0x80000000",
    "0xffffffffffffffff",
    "99999999999999999999999",
    "08",
    "1e5",
    "'a'",
    "\"text\"",
    "L\"w\"",
    "int",
    "char",
    "long",
    "unsigned",
    "short",
    "void",
    "struct",
    "union",
    "enum",
    "typedef",
    "static",
    "extern",
    "const",
    "volatile",
    "sizeof",
    "_Alignof",
    "_Alignas",
    "return",
    "if",
    "else",
    "for",
    "while",
    "do",
    "switch",
    "case",
    "default",
    "break",
    "continue",
    "goto",
    "x:",
    "main",
    "x",
    "p",
    "a[3]",
    "int x = 1;",
    "struct s { int a; struct s *p; };",
    "typeof(x)",
    "#define x x y\n",
    "#define f(a, ...) a##a #a __VA_ARGS__\n",
    "f(x, y)",
    "#if 1\n",
    "#endif\n",
    "#else\n",
    "fork()",
    "malloc(10)",
    "free(p)",
    "printf(\"%*.*d%s\\n\", x, x, x, p)",
    "mmap(0, 4096, 3, 34, -1, 0)",
    "errno",
    "(int[]){ 1, 2 }",
    "{ [2] = 1, .a = 2 }",
    "int v[x];",
    "(struct s){ 0 }",
    "offsetof(struct s, a)",
    "é",
    "\u{0}",
    "@",
];

/// A small generator of numbers (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 33) as usize % limit.max(1)
    }

    fn one_of<'t>(&mut self, words: &[&'t str]) -> &'t str {
        words.get(self.below(words.len())).copied().unwrap_or("")
    }
}

/// The programs of a folder and those below it.
fn programs(folder: &Path, found: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            programs(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "c") {
            found.extend(std::fs::read_to_string(&path));
        }
    }
}

/// A text cut into words, numbers, white space and single marks.
fn cut(text: &str) -> Vec<String> {
    let class = |c: char| match c {
        c if c.is_ascii_alphanumeric() || c == '_' => 0,
        c if c.is_ascii_whitespace() => 1,
        _ => 2,
    };
    let mut pieces: Vec<String> = Vec::new();
    let mut last = 3;
    for c in text.chars() {
        match pieces.last_mut() {
            Some(piece) if class(c) == last && last != 2 => piece.push(c),
            _ => pieces.push(c.to_string()),
        }
        last = class(c);
    }
    pieces
}

/// A program of the suite, changed in a few places.
fn changed(random: &mut Random, seeds: &[String]) -> String {
    let of = |random: &mut Random| {
        seeds
            .get(random.below(seeds.len()))
            .map_or("", String::as_str)
    };
    let mut pieces = cut(of(random));
    for _ in 0..=random.below(6) {
        let at = random.below(pieces.len());
        let end = (at + 1 + random.below(8)).min(pieces.len());
        match random.below(7) {
            0 => drop(pieces.drain(at..end)),
            1 => pieces.insert(at, random.one_of(PIECES).into()),
            2 => {
                let other = cut(of(random));
                let from = random.below(other.len());
                let to = (from + random.below(40)).min(other.len());
                pieces.splice(
                    at..end,
                    other.get(from..to).unwrap_or_default().iter().cloned(),
                );
            }
            3 => {
                let run: Vec<String> = pieces.get(at..end).unwrap_or_default().to_vec();
                let times = if random.below(20) == 0 {
                    300
                } else {
                    1 + random.below(3)
                };
                pieces.splice(at..at, std::iter::repeat_n(run, times).flatten());
            }
            4 => {
                let other = random.below(pieces.len());
                pieces.swap(at, other);
            }
            5 => {
                if let Some(piece) = pieces.get_mut(at) {
                    *piece = random.one_of(PIECES).into();
                }
            }
            _ => {
                let name = pieces
                    .get(random.below(pieces.len()))
                    .cloned()
                    .unwrap_or_default();
                pieces.insert(at, name);
            }
        }
    }
    pieces.concat()
}

/// An expression out of a small grammar.
fn expression(random: &mut Random, depth: usize) -> String {
    if depth == 0 {
        return random
            .one_of(&[
                "x", "p", "*p", "a[1]", "s.m", "q->m", "7", "'c'", "\"abc\"", "sizeof x", "f(x)",
                "m[1][0]", "0",
            ])
            .into();
    }
    let mut inner = || expression(random, depth - 1);
    let (left, right, third) = (inner(), inner(), inner());
    let op = random.one_of(&[
        "+", "-", "*", "/", "%", "<<", ">>", "<", "==", "&", "|", "^", "&&", "||", "=", "+=",
        "<<=", ",",
    ]);
    match random.below(9) {
        0 => format!("({left})"),
        1 => format!("({left}) ? ({right}) : ({third})"),
        2 => format!(
            "({})({left})",
            random.one_of(&[
                "int",
                "char",
                "unsigned long",
                "char *",
                "struct s",
                "void",
                "bool"
            ])
        ),
        3 => format!(
            "{}({left})",
            random.one_of(&["-", "~", "!", "*", "&", "sizeof ", "++", "--"])
        ),
        4 => format!("({left})[{right}]"),
        5 => format!(
            "({left}){}",
            random.one_of(&["++", "--", ".m", "->m", "->n.k[1]"])
        ),
        6 => format!(
            "{}({left}, {right})",
            random.one_of(&["f", "g", "printf", "memcpy", "strtol", "mmap", "snprintf"])
        ),
        _ => format!("({left}) {op} ({right})"),
    }
}

/// A program out of a small grammar.
fn grown(random: &mut Random) -> String {
    let mut text = String::from(
        "struct s { int m; struct { long k[2]; } n; struct s *next; };\nint x = 3, a[4], m[2][3]; char *p = \"text\";\nstruct s s, *q = &s;\nint f(int n) { return n; }\nstruct s g(int n, int k) { return s; }\nint main(void)\n{\n",
    );
    for _ in 0..=random.below(6) {
        let depth = random.below(4);
        let (e, c) = (expression(random, depth), expression(random, depth));
        text += &match random.below(8) {
            0 => format!("if ({c}) {{ {e}; }} else {c};\n"),
            1 => format!("for (int i = 0; i < 3; i++) {{ {e}; if ({c}) break; }}\n"),
            2 => format!("switch ({c}) {{ case 1: {e}; case 2 + 1: break; default: {c}; }}\n"),
            3 => format!("{{ int y = {e}, v[3] = {{ {c}, [2] = {e} }}; y += v[2]; }}\n"),
            4 => format!("{{ struct s t = {{ .m = {e} }}; t.n.k[1] = {c}; s = t; }}\n"),
            5 => format!("{{ int n = 1 + (({c}) != 0); char w[n + 1]; w[n] = {e}; }}\n"),
            _ => format!("{e};\n"),
        };
    }
    text + "return x;\n}\n"
}

/// Everything that a text goes through. Whether it is a valid program.
fn go_through(text: &str) -> bool {
    // What was typed before must not matter to what is typed next.
    let mut scope = ConsoleScope::new(&[]);
    for _ in 0..2 {
        let _ = check_console(&mut scope, text);
    }
    if let Err(rejected) = Compiled::new("program.c", text, &[]) {
        assert!(!rejected.render().is_empty(), "refused without a reason");
        return false;
    }
    let Ok((mut kernel, mut machine)) = start_program("program.c", text, &RunOptions::default())
    else {
        return false;
    };
    let _ = machine.run(&mut kernel, STATEMENTS);
    if let Ok((mut kernel, mut machine)) = start_program("program.c", text, &RunOptions::default())
    {
        type_inside(&mut kernel, &mut machine, text);
    }
    true
}

/// Types lines of the program into it while it goes.
fn type_inside(kernel: &mut Kernel, machine: &mut Machine, text: &str) {
    for line in text.lines().take(60) {
        let Some(pid) = machine.current() else {
            return;
        };
        if machine.say(kernel, pid, line).is_err() {
            let _ = machine.say(
                kernel,
                pid,
                "int typed = 1; char *s = \"literal\"; typed + s[1]",
            );
        }
        for _ in 0..20 {
            if !matches!(
                machine.advance(kernel).status,
                Status::Running | Status::Idle
            ) {
                return;
            }
        }
    }
}

fn panics(text: &str) -> bool {
    catch_unwind(AssertUnwindSafe(|| go_through(text))).is_err()
}

/// A smaller text that panics as well.
fn smaller(text: &str) -> String {
    let mut pieces = cut(text);
    let mut size = pieces.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < pieces.len() {
            let mut without = pieces.clone();
            without.drain(at..(at + size).min(pieces.len()));
            if panics(&without.concat()) {
                pieces = without;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    pieces.concat()
}

fn option(name: &str, default: u64) -> u64 {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    let value = arguments.nth(1).and_then(|value| value.parse().ok());
    value.unwrap_or(default)
}

fn main() -> ExitCode {
    let (minutes, seed) = (option("--minutes", 10), option("--seed", 1));
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite");
    let mut seeds = Vec::new();
    programs(&suite, &mut seeds);
    let current = Arc::new(Mutex::new((Instant::now(), String::new())));
    let watched = current.clone();
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            if let Ok(current) = watched.lock()
                && current.0.elapsed() > HANG
            {
                println!("it hangs on:\n{}", current.1);
                std::process::exit(1);
            }
        }
    });
    let (start, mut random) = (Instant::now(), Random(seed.wrapping_mul(2) | 1));
    let (mut texts, mut valid) = (0u64, 0u64);
    while start.elapsed() < Duration::from_secs(minutes.saturating_mul(60)) {
        let text = match random.below(4) {
            0 => grown(&mut random),
            _ => changed(&mut random, &seeds),
        };
        if let Ok(mut current) = current.lock() {
            *current = (Instant::now(), text.clone());
        }
        match catch_unwind(AssertUnwindSafe(|| go_through(&text))) {
            Ok(was_valid) => valid += u64::from(was_valid),
            Err(_) => {
                println!(
                    "seed {seed}, text {texts}: it panics on:\n{}",
                    smaller(&text)
                );
                return ExitCode::FAILURE;
            }
        }
        texts += 1;
    }
    println!(
        "seed {seed}: {texts} texts, {valid} valid programs, no panic and no hang in {minutes} minutes"
    );
    ExitCode::SUCCESS
}
