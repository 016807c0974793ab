//! What could be typed next: the words that begin with what was typed so far.

use minic::headers::{FUNCTIONS, LibraryFunction};

use crate::process::ProcessState;

/// A word, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The word.
    pub name: String,
    /// A prototype, a value, or a type.
    pub about: String,
}

/// C's own words, as far as the lab's language has them.
const KEYWORDS: &[&str] = &[
    "break", "case", "char", "const", "continue", "default", "do", "else", "enum", "for", "goto",
    "if", "int", "long", "return", "short", "signed", "sizeof", "static", "struct", "switch",
    "typedef", "union", "unsigned", "void", "volatile", "while", "NULL", "size_t", "ssize_t",
    "off_t", "pid_t", "uint8_t", "uint32_t", "uint64_t",
];

/// Every word that begins with `prefix`: the process's variables first, then all others by the alphabet.
pub fn completions(process: Option<&ProcessState>, prefix: &str) -> Vec<Completion> {
    if prefix.is_empty() {
        return Vec::new();
    }
    let fits = |name: &str| {
        name.starts_with(prefix) && (prefix.starts_with('_') || !name.starts_with("__"))
    };
    let variables = process.map_or(&[][..], |process| &process.variables);
    let own = variables
        .iter()
        .rev()
        .filter(|variable| fits(&variable.name));
    let mut found: Vec<Completion> = Vec::new();
    for variable in own {
        if !found.iter().any(|known| known.name == *variable.name) {
            let about = format!("{} = {}", variable.type_name, variable.value);
            found.push(Completion {
                name: variable.name.to_string(),
                about,
            });
        }
    }
    // Of names that are there twice the first is the right one.
    let mut others: Vec<(&str, String)> = Vec::new();
    for function in LibraryFunction::ALL {
        others.push((function.name(), prototype(function.name())));
    }
    for (name, value) in abi::constants::names() {
        others.push((name, format!("{value}")));
    }
    for keyword in KEYWORDS {
        others.push((keyword, "a word of C".into()));
    }
    others.retain(|(name, _)| fits(name));
    others.sort_by_key(|(name, _)| *name);
    others.dedup_by_key(|(name, _)| *name);
    found.extend(others.into_iter().map(|(name, about)| Completion {
        name: name.into(),
        about,
    }));
    found
}

/// The function's line of the headers.
fn prototype(name: &str) -> String {
    let declares = |line: &&str| {
        let head = line.split('(').next().unwrap_or("");
        head.rsplit([' ', '*']).next() == Some(name)
    };
    FUNCTIONS.lines().find(declares).unwrap_or("").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_come_with_their_prototype_and_constants_with_their_value() {
        let words = |prefix| {
            let found = completions(None, prefix).into_iter();
            found
                .map(|found| format!("{}: {}", found.name, found.about))
                .collect::<Vec<_>>()
                .join("\n")
        };
        insta::assert_snapshot!(words("mma"), @"mmap: void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset);");
        insta::assert_snapshot!(words("PROT_"), @r"
        PROT_EXEC: 4
        PROT_GROWSDOWN: 16777216
        PROT_GROWSUP: 33554432
        PROT_NONE: 0
        PROT_READ: 1
        PROT_SEM: 8
        PROT_WRITE: 2
        ");
        insta::assert_snapshot!(words("si"), @r"
        sigaction: int sigaction(int sig, const struct sigaction *act, struct sigaction *oldact);
        sigaddset: int sigaddset(sigset_t *set, int signum);
        sigaltstack: int sigaltstack(const stack_t *ss, stack_t *old_ss);
        sigdelset: int sigdelset(sigset_t *set, int signum);
        sigemptyset: int sigemptyset(sigset_t *set);
        sigfillset: int sigfillset(sigset_t *set);
        sigismember: int sigismember(const sigset_t *set, int signum);
        siglongjmp: void siglongjmp(struct __jmp_buf_tag *env, int val);
        signal: __sighandler_t signal(int sig, __sighandler_t handler);
        signed: a word of C
        sigprocmask: int sigprocmask(int how, const sigset_t *set, sigset_t *oldset);
        sigsetjmp: int sigsetjmp(struct __jmp_buf_tag *env, int savesigs);
        size_t: a word of C
        sizeof: a word of C
        ");
        assert_eq!(words(""), "");
    }
}
