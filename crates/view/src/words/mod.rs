//! A step in words: the headline, the reason, and everything else of the right column.

mod access;
pub(crate) use access::access;
mod call;
mod decisions;
mod fault;
mod linux;
mod refusal;

use abi::SignalInfo;
use kernel::addr::Vpn;
use kernel::mm::page_table::Entry;
use kernel::{Command, Event, FaultKind, Outcome};

use crate::explanation::{Explanation, PteChange, Tone};
use crate::figures::{long_size, short_time};
use crate::page_table::PteView;
use crate::told::Told;

/// A step may change a million PTEs; so many are looked at.
const MOST_PTES: usize = 16;
/// From which notability on a step is told beside a more notable one, and how many at the most.
const WORTH_A_SENTENCE: u32 = 3;
const MOST_SENTENCES: usize = 6;
/// And so many faults are told beside the first.
const MOST_FAULTS: usize = 4;

/// The heading, the sentence and the paragraph.
struct Words {
    kind: String,
    headline: String,
    why: String,
}

/// Explains a step.
pub fn explain(told: &Told) -> Explanation {
    let fault = told.fault();
    let words = main_words(told);
    let mut why = words.why;
    if let Some(end) = killed(told) {
        why.push(' ');
        why.push_str(&end);
    }
    let linux = match (fault, told.command) {
        (_, Some(Command::Syscall { call, .. })) => linux::call_functions(call),
        (Some(fault), _) => linux::fault_functions(fault.kind),
        _ => Vec::new(),
    };
    Explanation {
        since: told.step,
        step: told.step,
        kind: words.kind,
        also: also(told, &words.headline),
        headline: words.headline,
        why,
        decisions: fault.map_or(Vec::new(), |fault| decisions::decisions(told, fault)),
        ptes: pte_changes(told),
        linux,
        tone: tone(told),
    }
}

/// The explanation of several steps: that of the most notable one, the first of equals, with the headlines of the
/// others that are worth a sentence.
pub fn one_story(
    mut explained: Vec<Explanation>,
    notability: impl Iterator<Item = u32>,
) -> Explanation {
    let weights: Vec<u32> = notability.collect();
    let heaviest = (0..explained.len())
        .rev()
        .max_by_key(|number| weights.get(*number))
        .unwrap_or(0);
    let worth = |number: &usize| {
        *number != heaviest
            && weights
                .get(*number)
                .is_some_and(|weight| *weight >= WORTH_A_SENTENCE)
    };
    let others: Vec<String> = (0..explained.len())
        .filter(worth)
        .filter_map(|number| explained.get(number).map(|other| other.headline.clone()))
        .collect();
    if heaviest >= explained.len() {
        return Explanation::default();
    }
    let span = explained.first().zip(explained.last());
    let (since, step) = span.map_or((0, 0), |(first, last)| (first.since, last.step));
    let mut main = explained.swap_remove(heaviest);
    (main.since, main.step) = (since, step);
    for other in others {
        if other != main.headline && !main.also.contains(&other) && main.also.len() < MOST_SENTENCES
        {
            main.also.push(other);
        }
    }
    main
}

/// Whether the step's story is a fault's: then the fault is told, else the command.
fn main_words(told: &Told) -> Words {
    let Some(command) = told.command else {
        return idle_words(told);
    };
    if let Some(Outcome::Error { errno, reason }) = told.outcome {
        return refused(told, command, *errno, *reason);
    }
    match (told.fault(), command) {
        (_, Command::Syscall { call, .. }) => call::call_words(told, call),
        (Some(fault), _) => fault::fault_words(told, fault),
        _ => access::access_words(told, command).unwrap_or_else(|| machine_words(told, command)),
    }
}

fn idle_words(told: &Told) -> Words {
    if told.waits {
        return Words {
            kind: "waiting".into(),
            headline: format!("{} waits in `{}`.", told.who(), told.statement),
            why: "It goes on when what it waits for has happened; the others run meanwhile.".into(),
        };
    }
    let (kind, headline, why) = match told.statement {
        "" => (
            "start",
            "Nothing has happened yet.".to_string(),
            "Run the program, step by step, or type a statement.",
        ),
        statement => (
            "statement",
            format!("{} ran `{statement}`: no memory was touched.", told.who()),
            "The values that it needed are in registers of the processor, which cost no memory access.",
        ),
    };
    Words {
        kind: kind.into(),
        headline,
        why: why.into(),
    }
}

fn refused(told: &Told, command: &Command, errno: abi::Errno, reason: kernel::Reason) -> Words {
    let call = match command {
        Command::Syscall { call, .. } => Some(call),
        _ => None,
    };
    let name = call.map_or("the request", |call| call.name());
    let (clause, why) = refusal::refusal(reason, errno, call);
    let result = match call {
        Some(abi::Syscall::Mmap { .. }) => "It returned MAP_FAILED",
        _ => "It returned -1",
    };
    Words {
        kind: format!("{name}: {errno}"),
        headline: format!("{}'s `{name}` failed with {errno}: {clause}.", told.who()),
        why: format!(
            "{why} {result}, and `errno` is {errno}, \"{}\".",
            errno.message()
        ),
    }
}

/// Commands that are no process's statement.
fn machine_words(told: &Told, command: &Command) -> Words {
    let (kind, headline, why) = match (command, told.outcome) {
        (Command::Spawn { executable, .. }, _) => (
            "start",
            format!("{} was started from `{}`.", told.who(), executable.path),
            "Its address space holds its program's text and data, mapped from the program's file, and a stack. Hardly \
             any of it is in RAM yet."
                .to_string(),
        ),
        (Command::AddFile { path, bytes }, _) => (
            "a file",
            format!("`{path}` was put on the disk: {}.", long_size(bytes.len() as u64)),
            "It is on the disk alone: nothing of it is in memory.".into(),
        ),
        (Command::Idle { nanoseconds }, outcome) => {
            let passed = match outcome {
                Some(Outcome::Return(passed)) => *passed,
                _ => *nanoseconds,
            };
            ("time passes", format!("Everyone sleeps; {} pass.", short_time(passed)), "No process can run before.".into())
        }
        (Command::DropCaches, _) => (
            "drop caches",
            "Clean pages that nobody maps left the page cache.".into(),
            "Their contents are on the disk, so nothing is lost; the next use will be a major fault.".into(),
        ),
        (Command::TakeSignal { .. }, Some(Outcome::Delivered(Some(delivery)))) => (
            "signal",
            format!("{} interrupts its work to handle {}.", told.who(), delivery.info.signal),
            "The handler runs on the process's own stack; when it returns, the interrupted statement goes on.".into(),
        ),
        (Command::Trap { info, .. }, _) => signal_telling(told, info),
        _ => ("step", format!("{} goes on.", told.who()), String::new()),
    };
    Words {
        kind: kind.into(),
        headline,
        why,
    }
}

fn signal_telling(told: &Told, info: &SignalInfo) -> (&'static str, String, String) {
    (
        "signal",
        format!(
            "{} was stopped by {}: {}.",
            told.who(),
            info.signal,
            refusal::signal_words(info.code)
        ),
        format!(
            "{}: the kernel raises {} with the code {}.",
            info.signal.message(),
            info.signal,
            info.code.name()
        ),
    )
}

/// The process's end by a signal, if the step brought it.
fn killed(told: &Told) -> Option<String> {
    told.events.iter().find_map(|event| match event {
        Event::TaskExited { pid, status } if status & 0x7f != 0 => {
            let signal = abi::Signal::from_number(status & 0x7f);
            let name = signal.map_or("a signal".into(), |signal| signal.to_string());
            Some(format!(
                "Process {pid} has no handler for it, so {name} killed the process."
            ))
        }
        _ => None,
    })
}

/// What happened besides: further faults, each in one sentence.
fn also(told: &Told, headline: &str) -> Vec<String> {
    let telling = |fault| fault::fault_words(told, fault).headline;
    let mut others: Vec<String> = told.faults().take(MOST_FAULTS + 1).map(telling).collect();
    others.retain(|words| words != headline);
    others.dedup();
    let more = told.faults().count().saturating_sub(MOST_FAULTS + 1);
    if more > 0 {
        others.push(format!("And {more} more faults."));
    }
    others
}

/// The PTEs that changed, each from its first to its last state, the faulting page's first.
fn pte_changes(told: &Told) -> Vec<PteChange> {
    let ended = |event: &Event| matches!(event, Event::TaskExited { pid, .. } if *pid == told.pid);
    if told.events.iter().any(ended) {
        return Vec::new();
    }
    let mut changes: Vec<(Vpn, Entry, Entry)> = Vec::new();
    for event in told.events {
        let Event::PteChanged {
            pid,
            page,
            old,
            new,
        } = event
        else {
            continue;
        };
        let known = changes.iter().position(|(known, ..)| known == page);
        if let Some(change) = known.and_then(|known| changes.get_mut(known)) {
            change.2 = *new;
        } else if changes.len() < MOST_PTES && *pid == told.pid {
            changes.push((*page, *old, *new));
        }
    }
    let main = told.fault().map(|fault| Vpn::containing(fault.address));
    changes.retain(|(_, old, new)| old != new);
    changes.sort_by_key(|(page, ..)| Some(*page) != main);
    changes.truncate(4);
    let view = |(page, old, new)| PteChange {
        page,
        old: PteView::new(page, old),
        new: PteView::new(page, new),
    };
    changes.into_iter().map(view).collect()
}

fn tone(told: &Told) -> Tone {
    match (told.outcome, told.fault()) {
        (Some(Outcome::Signal(_)), _) => Tone::Fatal,
        (Some(Outcome::Error { .. }), _) => Tone::Refused,
        (_, Some(fault))
            if matches!(
                fault.kind,
                FaultKind::SegvMapErr | FaultKind::SegvAccErr | FaultKind::BusAdrErr
            ) =>
        {
            Tone::Fatal
        }
        (_, Some(_)) => Tone::Notable,
        _ => Tone::Plain,
    }
}
