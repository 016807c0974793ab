//! A load or store that the hardware served alone, in words.

use abi::{Pid, VirtAddr};
use kernel::{Command, Event, Outcome};

use super::Words;
use crate::told::{Told, count, value_words};

/// The sentence and the paragraph of an access without a fault; none where the command is no access.
pub fn access_words(told: &Told, command: &Command) -> Option<Words> {
    let (pid, address, kind) = access(command)?;
    let place = told.place(pid, address);
    let did = match (command, told.outcome) {
        (Command::Store { value, width, .. }, _) => {
            format!("stored {} into {place}", value_words(*value, width.bytes()))
        }
        (Command::StoreBytes { bytes, .. }, _) => {
            format!("stored {} into {place}", count(bytes.len() as u64, "byte"))
        }
        (Command::FillBytes { length, byte, .. }, _) => {
            format!("filled {} of {place} with {byte}", count(*length, "byte"))
        }
        (Command::CopyBytes { length, from, .. }, _) => {
            format!(
                "copied {} from {} to {place}",
                count(*length, "byte"),
                told.place(pid, *from)
            )
        }
        (Command::Load { width, .. }, Some(Outcome::Return(value))) => {
            format!("read {} from {place}", value_words(*value, width.bytes()))
        }
        (Command::LoadBytes { length, .. }, _) => {
            format!("read {} from {place}", count(*length, "byte"))
        }
        (Command::Fetch { .. }, _) => format!("fetched an instruction from {place}"),
        _ => format!("used {place}"),
    };
    Some(Words {
        kind: kind.into(),
        headline: format!("Process {pid} {did}{}.", manner(told)),
        why: reason(told),
    })
}

/// Who accesses what, and the heading.
pub fn access(command: &Command) -> Option<(Pid, VirtAddr, &'static str)> {
    match *command {
        Command::Load { pid, address, .. } | Command::LoadBytes { pid, address, .. } => {
            Some((pid, address, "load"))
        }
        Command::Store { pid, address, .. } | Command::StoreBytes { pid, address, .. } => {
            Some((pid, address, "store"))
        }
        Command::FillBytes { pid, to, .. } => Some((pid, to, "store")),
        Command::CopyBytes { pid, to, .. } => Some((pid, to, "copy")),
        Command::Fetch { pid, address } => Some((pid, address, "fetch")),
        _ => None,
    }
}

fn missed(told: &Told) -> bool {
    told.events
        .iter()
        .any(|event| matches!(event, Event::TlbMiss { .. }))
}

/// Whether the processor set the dirty bit of a PTE.
fn dirtied(told: &Told) -> bool {
    told.events.iter().any(|event| match event {
        Event::PteChanged { old, new, .. } => match (old.present(), new.present()) {
            (Some(old), Some(new)) => !old.dirty && new.dirty,
            _ => false,
        },
        _ => false,
    })
}

fn manner(told: &Told) -> &'static str {
    if missed(told) {
        "; the page table knew where it is"
    } else {
        "; the TLB knew where it is"
    }
}

fn reason(told: &Told) -> String {
    let way = if missed(told) {
        "The translation was not in the TLB, so the processor walked down the page table, found the entry present, \
         and kept it in the TLB for next time. The kernel took no part."
    } else {
        "The translation of this page was still in the TLB, so not even the page table was looked at. This is what \
         nearly all accesses look like: no kernel, no walk."
    };
    let dirty = if dirtied(told) {
        " It was the first store through this entry, so the processor set its dirty bit."
    } else {
        ""
    };
    format!("{way}{dirty}")
}
