//! The functions of Linux 6.18 that do what a step shows: the expert switch's list.
//!
//! The table `linux.txt` has a paragraph for each system call and each kind of fault: its names, and below them one
//! function a line with its file and what it does there, outermost first.

use abi::Syscall;
use kernel::FaultKind;

use crate::explanation::LinuxFunction;

const TABLE: &str = include_str!("linux.txt");

/// The functions through which a fault of this kind goes, outermost first.
pub fn fault_functions(kind: FaultKind) -> Vec<LinuxFunction> {
    let keys: &[&str] = match kind {
        FaultKind::SegvMapErr | FaultKind::SegvAccErr => &["fault"],
        FaultKind::StackGrow => &["fault", "grow", "serve"],
        _ => &["fault", "serve"],
    };
    let own = functions(&format!("{kind:?}"));
    keys.iter()
        .flat_map(|key| functions(key))
        .chain(own)
        .collect()
}

/// The functions that carry out a system call, outermost first.
pub fn call_functions(call: &Syscall) -> Vec<LinuxFunction> {
    functions(call.name())
}

/// The lines of the table's paragraph with this name.
fn functions(key: &str) -> Vec<LinuxFunction> {
    let named = |paragraph: &&str| {
        let names = paragraph.lines().next().unwrap_or("");
        names.split(' ').any(|name| name == key)
    };
    let paragraph = TABLE.split("\n\n").find(named).unwrap_or("");
    paragraph.lines().skip(1).filter_map(function).collect()
}

fn function(line: &'static str) -> Option<LinuxFunction> {
    let mut words = line.trim().splitn(3, ' ');
    Some(LinuxFunction {
        name: words.next()?,
        file: words.next()?,
        does: words.next()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_the_table_is_a_function() {
        let wrong = TABLE
            .lines()
            .filter(|line| line.starts_with("  ") && function(line).is_none());
        assert_eq!(wrong.collect::<Vec<_>>(), Vec::<&str>::new());
    }

    #[test]
    fn a_fault_begins_at_the_trap_and_ends_at_its_own_function() {
        let names: Vec<&str> = fault_functions(FaultKind::CopyOnWriteReuse)
            .iter()
            .map(|f| f.name)
            .collect();
        insta::assert_snapshot!(names.join(" > "), @"exc_page_fault > do_user_addr_fault > handle_mm_fault > handle_pte_fault > do_wp_page > wp_can_reuse_anon_folio > wp_page_reuse");
    }
}
