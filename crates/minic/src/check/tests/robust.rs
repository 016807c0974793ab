//! No text makes the front end panic, overflow its stack or take long.

use super::verify::verify;
use super::{check_console, check_program, messages};
use crate::check::ConsoleScope;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use std::time::{Duration, Instant};

/// Checks a text as a program and at the console; it may be right or wrong.
fn survives(text: &str) {
    let start = Instant::now();
    if let Ok(program) = check_program("fuzz.c", text, &[]) {
        verify(&program);
    }
    if let Ok(unit) = check_console(&mut ConsoleScope::default(), text) {
        verify(&unit.program);
    }
    let took = start.elapsed();
    assert!(
        took < Duration::from_secs(20),
        "{took:?} for {} bytes",
        text.len()
    );
}

#[track_caller]
fn refused(text: &str) {
    survives(text);
    assert!(!messages(text).is_empty(), "accepted {} bytes", text.len());
}

#[test]
fn long_and_deep_texts_get_an_error() {
    let deep = |open: &str, inner: &str, close: &str| {
        let (open, close) = (open.repeat(10_000), close.repeat(10_000));
        refused(&format!(
            "int main(void) {{ return {open}{inner}{close}; }}"
        ));
    };
    deep("(", "1", ")");
    deep("-", "1", "");
    deep("!", "1", "");
    deep("*", "1", "");
    deep("(int)", "1", "");
    deep("1 + ", "1", "");
    deep("1 ? ", "2", " : 3");
    deep("1 ? 2 : ", "3", "");
    deep("sizeof(int[", "1", "])");
    deep("f(", "", ")");
    deep("a[", "1", "]");
    deep("(struct s){", "1", "}");
    deep("x = ", "1", "");
    deep("1, ", "1", "");
    deep("x", ".x", "");
    refused(&format!("int main(void) {{ {} }}", "{".repeat(10_000)));
    refused(&format!(
        "int main(void) {{ {} ; {} }}",
        "{".repeat(10_000),
        "}".repeat(10_000)
    ));
    refused(&format!(
        "int main(void) {{ {} ; }}",
        "if (1) ".repeat(10_000)
    ));
    refused(&format!(
        "int main(void) {{ {} ; }}",
        "if (1) ; else ".repeat(10_000)
    ));
    refused(&format!(
        "int main(void) {{ {} ; }}",
        "while (1) ".repeat(10_000)
    ));
    refused(&format!(
        "int {}p; int main(void) {{ }}",
        "*".repeat(10_000)
    ));
    refused(&format!(
        "int p{}; int main(void) {{ }}",
        "[1]".repeat(10_000)
    ));
    refused(&format!(
        "int {}p{}; int main(void) {{ }}",
        "(".repeat(10_000),
        ")".repeat(10_000)
    ));
    refused(&format!(
        "int a = {}1{}; int main(void) {{ }}",
        "{".repeat(10_000),
        "}".repeat(10_000)
    ));
    refused(&format!(
        "{}int x;{} int main(void) {{ }}",
        "struct {".repeat(10_000),
        "} a;".repeat(10_000)
    ));
    refused(&format!(
        "int main(void) {{ {} }}",
        "x = 1; ".repeat(150_000)
    ));
    refused(&"a".repeat(1_000_000));
    refused(&"int x; ".repeat(70_000));
    survives(&format!(
        "int main(void) {{ int x = 0; {} return x; }}",
        "x += 1; ".repeat(50_000)
    ));
    survives(&"a: ".repeat(20_000));
}

#[test]
fn types_that_grow_from_line_to_line_get_an_error() {
    let chain = |line: &dyn Fn(usize) -> String| -> String {
        let lines: Vec<String> = (1..5000).map(line).collect();
        format!(
            "typedef int t0; struct s0 {{ int x; }};\n{}\nint main(void) {{ return 0; }}",
            lines.join("\n")
        )
    };
    refused(&chain(&|i| format!("typedef t{} *t{i};", i - 1)));
    refused(&chain(&|i| format!("typedef t{} t{i}[1];", i - 1)));
    refused(&chain(&|i| format!("typedef t{} t{i}[2];", i - 1)));
    refused(&chain(&|i| {
        format!("struct s{i} {{ struct s{} m; }};", i - 1)
    }));
    refused(&chain(&|i| {
        format!("struct s{i} {{ struct s{} m[2]; }};", i - 1)
    }));
    refused(&chain(&|i| format!("typedef t{} (*t{i})(void);", i - 1)));
    survives(&chain(&|i| {
        format!("typedef __typeof__(&*(t{} *)0) t{i};", i - 1)
    }));
}

#[test]
fn macro_bombs_get_an_error() {
    let mut bomb = String::from("#define a0 x x x x x x x x x x\n");
    for i in 1..20 {
        bomb.push_str(&format!(
            "#define a{i} {}\n",
            format!("a{} ", i - 1).repeat(10)
        ));
    }
    refused(&format!("{bomb}int main(void) {{ a19 }}"));
    let calls = format!(
        "#define f(x) x x\nint main(void) {{ {}1{}; }}",
        "f(".repeat(60),
        ")".repeat(60)
    );
    refused(&calls);
    let deep = format!(
        "#define f(x) x\nint main(void) {{ {}1{}; }}",
        "f(".repeat(10_000),
        ")".repeat(10_000)
    );
    refused(&deep);
    let chain: String = (1..10_000)
        .map(|i| format!("#define m{i} m{}\n", i - 1))
        .collect();
    refused(&format!("{chain}int main(void) {{ return m9999; }}"));
    refused(&format!(
        "#if {}1{}\n#endif\nint main(void) {{ }}",
        "(".repeat(10_000),
        ")".repeat(10_000)
    ));
    refused(&"#if 1\n".repeat(10_000));
    survives("#define f f(f)\n#define g(x) g(x) f\nint main(void) { g(g)(f)(g(g)) }");
    survives("#define x x ## x\n#define y(a, ...) #a ## __VA_ARGS__ ## a\nx y(1,2) y() y(,) y(");
}

#[test]
fn any_bytes_are_survived() {
    for text in [
        "\0",
        "#include garbage",
        "#include <",
        "#include \"",
        "#include",
        "#",
        "##",
        "\\",
        "\"",
        "'",
        "/*",
        "//",
        "int \u{1F600} = 1;",
        "int größe = 1; printf(\"%d\", größe)",
        "\u{feff}int x = 1;",
        "“quotes”",
        "a\u{a0}b",
        "int main(void) { return 0; }\0\0",
        "#define",
        "#define f(",
        "#define f(x,x) x",
        "#define f(...) __VA_ARGS__\nf(",
        "#if 1 / 0\n#endif",
        "#if 1 +",
        "#elif",
        "struct",
        "enum {",
        "typedef",
        "sizeof",
        "int x[",
        "int f(int",
        "_Generic(1)",
        "int x = {}; int y[] = {}; int z[0]; struct {} e; e;",
        "struct {} a[9] = { 1, 2 };",
        "int a[0x7fffffffffffffff];",
        "int a[] = { [0x7fffffff] = 1 }; a[0]",
        "char s[3] = { [1] = \"x\" };",
        "union { int a; } u = { 1, 2 };",
        "int x = sizeof(x); int y = sizeof x[1];",
        "struct s { struct s *s; } s = { &s }; s.s->s->s",
        "enum e { A = A };",
        "int i = (i, i);",
        "struct s { int x; } f(void); f().x = 1;",
        "1 ? (void)0 : 1",
        "-(int *)0",
        "switch (1) case 1: default: case 2 ... 5: ;",
        "int f(void) { f: goto f; }",
        "for (int i; i; i) int j;",
        "int a[3]; a[1.5]",
        "&*&*\"x\"[0]",
        "(&errno)",
        "errno++ + --errno",
        "__func__",
        "sizeof __func__",
        "*main",
        "&main",
        "main()",
        "int main; main",
        "typedef int main; main x;",
        "int mmap = 3; mmap + 1",
        "static int s[] = { s };",
        "typedef int f(int); f g; g(1)",
        "void h(int f(int)) { }",
        "void (*q)(); q = 0; *q",
        "int v[*]; ",
    ] {
        survives(text);
    }
}

/// Words from which nearly programs are made.
fn word() -> impl Strategy<Value = &'static str> {
    select(vec![
        "int",
        "char",
        "struct",
        "union",
        "enum",
        "typedef",
        "static",
        "extern",
        "const",
        "void",
        "unsigned",
        "long",
        "if",
        "else",
        "while",
        "for",
        "do",
        "switch",
        "case",
        "default",
        "break",
        "continue",
        "return",
        "goto",
        "sizeof",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ";",
        ";",
        ",",
        "=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "&",
        "|",
        "<",
        ">",
        "==",
        "!",
        "~",
        "++",
        "--",
        "->",
        ".",
        "?",
        ":",
        "<<",
        "&&",
        "+=",
        "...",
        "#",
        "##",
        "\n",
        "\n#define ",
        "\n#if ",
        "\n#endif\n",
        "a",
        "b",
        "f",
        "s",
        "x",
        "main",
        "0",
        "1",
        "2u",
        "0x7f",
        "'c'",
        "\"str\"",
        "1.5",
        "size_t",
        "mmap",
        "NULL",
        "PROT_READ",
        "errno",
        "printf",
        "offsetof",
        "assert",
        "__VA_ARGS__",
        "defined",
        "int x",
        "x = 1;",
        "f(",
        "a[1]",
        "struct s",
        "{ int x; }",
        "(int)",
        "int main(void) {",
        "return 0; }",
        "s.x",
        "p->x",
        "*p",
        "&x",
        "int *p;",
    ])
}

fn programs() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/suite/programs");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let sources = paths
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "c"));
    sources
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

/// Pieces of a text, between which it is cut: words, spaces, single marks.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = match rest.find(|c| is_word(c) != is_word(first)) {
            Some(end) if is_word(first) => end,
            _ => {
                if is_word(first) {
                    rest.len()
                } else {
                    first.len_utf8()
                }
            }
        };
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// The same cases in each run, unless `PROPTEST_RNG_SEED` and `PROPTEST_CASES` ask for others.
fn config() -> ProptestConfig {
    let asked = ProptestConfig::default();
    let rng_seed = match asked.rng_seed {
        RngSeed::Random => RngSeed::Fixed(1),
        fixed => fixed,
    };
    ProptestConfig {
        rng_seed,
        failure_persistence: None,
        ..asked
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn soups_of_words_are_survived(words in prop::collection::vec(word(), 0..80)) {
        survives(&words.join(" "));
        survives(&format!("int main(void) {{ {} }}", words.join(" ")));
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        survives(&text);
    }

    #[test]
    fn mutated_programs_are_survived(
        program in select(programs()),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..5u8, word()), 1..6),
    ) {
        let mut parts: Vec<&str> = pieces(&program);
        for (at, other, kind, word) in edits {
            parts.push(" ");
            let (at, other) = (at.index(parts.len()), other.index(parts.len()));
            match kind {
                0 => { parts.remove(at); }
                1 => parts.insert(at, word),
                2 => parts.swap(at, other),
                3 => parts[at] = parts[other],
                _ => parts.truncate(at.max(1)),
            }
        }
        survives(&parts.concat());
    }
}
