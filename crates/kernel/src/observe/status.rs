//! /proc/PID/status and /proc/PID/statm (`proc_pid_status` and `proc_pid_statm` of fs/proc/array.c,
//! `task_mem` of fs/proc/task_mmu.c). Of status, the lines that the model has an answer to.

use std::fmt::Write as _;

use abi::{Disposition, Pid, Signal, SignalSet};

use crate::addr::PAGE_SIZE;
use crate::file::directory::base_name;
use crate::kernel::Kernel;
use crate::mm::address_space::AddressSpace;
use crate::task::{Task, TaskState};

/// The longest name of a process, in bytes (`TASK_COMM_LEN` less the NUL).
const NAME_LENGTH: usize = 15;

impl Kernel {
    /// The text of /proc/PID/status; empty for a process that is not there.
    pub fn status_text(&self, pid: Pid) -> String {
        let mut text = String::new();
        let Some(task) = self.tasks.get(pid) else {
            return text;
        };
        let parent = task.parent.unwrap_or(Pid(0));
        let name: String = base_name(&task.program).chars().take(NAME_LENGTH).collect();
        // Writing to a String does not fail.
        let _ = write!(
            text,
            "Name:\t{name}\nUmask:\t0022\nState:\t{}\nTgid:\t{pid}\nNgid:\t0\nPid:\t{pid}\nPPid:\t{parent}\n\
             TracerPid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n",
            state(task),
        );
        if let Some(space) = self.address_space(pid) {
            write_memory(&mut text, space);
        }
        let _ = writeln!(text, "Threads:\t1");
        for (name, set) in signal_sets(task) {
            let _ = writeln!(text, "{name}:\t{:016x}", set.0);
        }
        text
    }

    /// The text of /proc/PID/statm, in pages: all, resident, of files, code, 0, data and stack, 0.
    pub fn statm_text(&self, pid: Pid) -> String {
        let Some(space) = self.address_space(pid) else {
            return "0 0 0 0 0 0 0\n".into();
        };
        let (size, resident) = (space.size, space.resident);
        format!(
            "{} {} {} {} 0 {} 0\n",
            size.total,
            resident.total(),
            resident.file + resident.shared_memory,
            space.layout.code_pages(),
            size.data + size.stack,
        )
    }
}

fn write_memory(text: &mut String, space: &AddressSpace) {
    let (size, resident) = (space.size, space.resident);
    let code = space.layout.code_pages();
    let lines = [
        ("VmPeak", space.most_mapped()),
        ("VmSize", size.total),
        ("VmLck", size.locked),
        ("VmPin", 0),
        ("VmHWM", space.most_resident()),
        ("VmRSS", resident.total()),
        ("RssAnon", resident.anonymous),
        ("RssFile", resident.file),
        ("RssShmem", resident.shared_memory),
        ("VmData", size.data),
        ("VmStk", size.stack),
        ("VmExe", code),
        ("VmLib", size.executable.saturating_sub(code)),
        // The root is not counted.
        ("VmPTE", space.tables.saturating_sub(1)),
        ("VmSwap", 0),
        ("HugetlbPages", 0),
    ];
    for (name, pages) in lines {
        let _ = writeln!(text, "{name}:\t{:8} kB", pages * (PAGE_SIZE / 1024));
    }
}

fn state(task: &Task) -> &'static str {
    match task.state {
        TaskState::Runnable => "R (running)",
        TaskState::Blocked(_) => "S (sleeping)",
        TaskState::Stopped => "T (stopped)",
        TaskState::Zombie { .. } => "Z (zombie)",
    }
}

/// The sets of a process's signals: pending, blocked, ignored, caught (`task_sig`).
fn signal_sets(task: &Task) -> [(&'static str, SignalSet); 5] {
    let signals = &task.signals;
    let acting = |on: fn(Disposition) -> bool| {
        let all = Signal::ALL.iter().copied();
        all.filter(|signal| on(signals.action(*signal).disposition))
            .fold(SignalSet::default(), SignalSet::with)
    };
    [
        ("SigPnd", SignalSet::default()),
        ("ShdPnd", signals.pending()),
        ("SigBlk", signals.mask),
        ("SigIgn", acting(|on| on == Disposition::Ignore)),
        ("SigCgt", acting(|on| matches!(on, Disposition::Handler(_)))),
    ]
}
