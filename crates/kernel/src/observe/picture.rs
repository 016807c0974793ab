//! The picture that explains the whole: three arrows. A VMA leads from addresses to a file, the page
//! cache from a file's pages to frames, a PTE from an address to a frame. `Display` of [`Kernel`]
//! prints it; runs of neighbours that lead to neighbours are one line.

use std::fmt;

use crate::addr::{InodeId, PAGE_SIZE};
use crate::file::inode::Inode;
use crate::kernel::Kernel;
use crate::mm::page_table::{Entry, Pte};
use crate::mm::vma::Backing;
use crate::phys::frame::{FrameFlags, Owner};
use crate::task::Task;

/// Pages that lead to frames, both ascending by one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    from: u64,
    to: u64,
    length: u64,
    note: String,
}

/// Adds an arrow to the runs: to the last one, where it goes on.
fn add_arrow(runs: &mut Vec<Run>, from: u64, to: u64, note: String) {
    if let Some(last) = runs.last_mut() {
        let follows = from == last.from + last.length && to == last.to + last.length;
        if follows && note == last.note {
            last.length += 1;
            return;
        }
    }
    let length = 1;
    runs.push(Run {
        from,
        to,
        length,
        note,
    });
}

impl Run {
    fn frames(&self) -> String {
        match self.length {
            1 => format!("frame {}", self.to),
            n => format!("frames {} to {}", self.to, self.to + n - 1),
        }
    }

    fn pages(&self) -> String {
        match self.length {
            1 => format!("page {}", self.from),
            n => format!("pages {} to {}", self.from, self.from + n - 1),
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks = || self.tasks.iter().filter(|task| task.mm.is_some());
        for task in tasks() {
            self.write_vmas(f, task)?;
        }
        for (id, inode) in self.files.inodes() {
            self.write_cache(f, id, inode)?;
        }
        for task in tasks() {
            self.write_entries(f, task)?;
        }
        Ok(())
    }
}

impl Kernel {
    fn write_vmas(&self, f: &mut fmt::Formatter<'_>, task: &Task) -> fmt::Result {
        let Some(space) = task.mm.map(|mm| self.mm(mm)) else {
            return Ok(());
        };
        for vma in space.vmas.iter() {
            if let Backing::Special(_) = vma.backing {
                continue;
            }
            let start = vma.range.start.address().0;
            let end = vma.range.end.address().0;
            let name = self.name_of_mapping(space, vma);
            let object = match (vma.inode(), name.is_empty()) {
                (Some(_), _) => format!("{name}, page {}", vma.page_offset.0),
                (None, true) => "zeros".to_string(),
                (None, false) => format!("zeros, {name}"),
            };
            let rights = vma.rights();
            writeln!(
                f,
                "VMA          {} {start:x}-{end:x} {rights} -> {object}",
                task.pid
            )?;
        }
        Ok(())
    }

    fn write_cache(&self, f: &mut fmt::Formatter<'_>, id: InodeId, inode: &Inode) -> fmt::Result {
        let mut runs = Vec::new();
        for (index, frame) in inode.pages.iter() {
            let dirty = self.frames.get(*frame).flags.contains(FrameFlags::DIRTY);
            let note = if dirty { ", dirty" } else { "" };
            add_arrow(&mut runs, index, frame.0.into(), note.to_string());
        }
        let name = self.files.name_of(id);
        for run in runs {
            let (pages, frames) = (run.pages(), run.frames());
            writeln!(f, "page cache   {name}, {pages} -> {frames}{}", run.note)?;
        }
        Ok(())
    }

    fn write_entries(&self, f: &mut fmt::Formatter<'_>, task: &Task) -> fmt::Result {
        let Some(space) = task.mm.map(|mm| self.mm(mm)) else {
            return Ok(());
        };
        let mut runs = Vec::new();
        for vma in space.vmas.iter() {
            for (page, entry) in self.entries(task.pid, vma.range) {
                if let Pte::Present(_) = Pte::from(entry) {
                    let note = self.rights_of(entry);
                    add_arrow(&mut runs, page.0, entry.frame().0.into(), note);
                }
            }
        }
        for run in runs {
            let start = run.from * PAGE_SIZE;
            let last = (run.from + run.length - 1) * PAGE_SIZE;
            let pages = match run.length {
                1 => format!("{start:x}"),
                _ => format!("{start:x} to {last:x}"),
            };
            let frames = run.frames();
            writeln!(
                f,
                "PTE          {} {pages} -> {frames}{}",
                task.pid, run.note
            )?;
        }
        Ok(())
    }

    fn rights_of(&self, entry: Entry) -> String {
        let zero = self.frames.get(entry.frame()).owner == Owner::Zero;
        let marks = [
            (zero, ", the zero page"),
            (entry.has(Entry::WRITABLE), ", writable"),
            (entry.has(Entry::DIRTY), ", dirty"),
        ];
        let set = marks.iter().filter(|(is_set, _)| *is_set);
        set.map(|(_, mark)| *mark).collect()
    }
}
