//! What the generator remembers of a trace, so that it can aim: roughly what is mapped where, and
//! which files there are. It need not be exact; the machines are.

use std::collections::BTreeMap;

use abi::{MapFlags, Path, Prot, Syscall};

use super::name::{F_DUPFD, F_DUPFD_CLOEXEC};
use crate::machine::HEAP;
use crate::operation::{Action, Answer, Operation};

/// What backs a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backing {
    /// No file.
    Anonymous,
    /// A page of the file of this descriptor's number.
    File {
        /// Index into [`Shadow::files`].
        file: usize,
        /// The descriptor that mapped it.
        fd: i32,
        /// The page within the file.
        index: u64,
    },
}

/// A mapped page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its protection.
    pub prot: Prot,
    /// Whether the mapping is shared.
    pub shared: bool,
    /// What backs it.
    pub backing: Backing,
}

/// The kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// memfd_create
    Memfd,
    /// A file of /dev/shm.
    Shm,
    /// A file on the disk.
    Disk,
    /// /dev/zero
    Zero,
    /// /dev/null, which cannot be mapped.
    Null,
    /// A directory, which cannot be mapped.
    Directory,
    /// A pipe, which cannot be mapped either.
    Pipe,
}

/// A file of the trace.
#[derive(Clone, Debug)]
pub struct FileShadow {
    /// Its kind.
    pub kind: FileKind,
    /// Its size in bytes.
    pub size: u64,
    /// The path by which it can be opened again.
    pub path: Option<String>,
}

impl FileShadow {
    /// Whether it has bytes of its own.
    pub fn is_regular(&self) -> bool {
        matches!(self.kind, FileKind::Memfd | FileKind::Shm | FileKind::Disk)
    }
}

/// An open descriptor.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor {
    /// Its number.
    pub fd: i32,
    /// Index into [`Shadow::files`].
    pub file: usize,
}

/// A process.
#[derive(Clone, Debug)]
pub struct ProcessShadow {
    /// The mapped pages by number.
    pub pages: BTreeMap<u64, Page>,
    /// The open descriptors.
    pub descriptors: Vec<Descriptor>,
    /// Whether it has not ended.
    pub alive: bool,
    /// Whether it waits in vfork for its child's end.
    pub held: bool,
    /// Whether it uses its parent's memory (vfork).
    pub borrows: bool,
    /// Who forked it.
    pub parent: Option<u8>,
    /// Whether its parent has waited for it.
    pub reaped: bool,
    /// Its break.
    pub brk: u64,
}

/// A run of pages that are mapped alike, as one VMA might be.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// The first page.
    pub start: u64,
    /// The page after the last.
    pub end: u64,
    /// What the first page is.
    pub page: Page,
}

/// The whole trace.
#[derive(Clone, Debug)]
pub struct Shadow {
    /// The processes by their number.
    pub processes: Vec<ProcessShadow>,
    /// The files, in the order in which they came to be.
    pub files: Vec<FileShadow>,
    /// The file that the next successful `open`, `memfd_create` or the like is about.
    pub opening: Option<usize>,
}

/// Pages of a mapping that are remembered.
const REMEMBERED: u64 = 64;

impl Shadow {
    /// One process with nothing.
    pub fn one_process() -> Shadow {
        Shadow {
            processes: vec![ProcessShadow {
                pages: BTreeMap::new(),
                descriptors: Vec::new(),
                alive: true,
                held: false,
                borrows: false,
                parent: None,
                reaped: false,
                brk: HEAP,
            }],
            files: Vec::new(),
            opening: None,
        }
    }

    /// Takes note of what an operation did.
    pub fn learn(&mut self, operation: &Operation, answer: &Answer) {
        let Action::Call(call) = &operation.action else {
            return;
        };
        let index = usize::from(operation.process.0);
        let Answer::Value(value) = *answer else {
            if matches!(answer, Answer::Exited) && index < self.processes.len() {
                self.end(index);
            }
            self.opening = None;
            return;
        };
        match call {
            Syscall::Fork {} | Syscall::Vfork {} => {
                let mut child = self.processes[index].clone();
                child.parent = Some(operation.process.0);
                child.reaped = false;
                child.borrows = matches!(call, Syscall::Vfork {});
                self.processes[index].held = child.borrows;
                self.processes.push(child);
            }
            Syscall::Wait4 { .. } => {
                if let Some(child) = self.processes.get_mut(value as usize).filter(|_| value > 0) {
                    child.reaped = true;
                }
            }
            Syscall::Open { .. } | Syscall::MemfdCreate { .. } => {
                if let Some(file) = self.opening.take() {
                    let descriptor = Descriptor {
                        fd: value as i32,
                        file,
                    };
                    self.processes[index].descriptors.push(descriptor);
                }
            }
            Syscall::Dup { fd: old }
            | Syscall::Dup2 { old, .. }
            | Syscall::Fcntl {
                fd: old,
                command: F_DUPFD | F_DUPFD_CLOEXEC,
                ..
            } => {
                let descriptors = &mut self.processes[index].descriptors;
                if let Some(old) = descriptors.iter().find(|d| d.fd == old.0).copied() {
                    let fd = value as i32;
                    descriptors.retain(|d| d.fd != fd);
                    descriptors.push(Descriptor { fd, ..old });
                }
            }
            Syscall::Close { fd } => {
                self.processes[index].descriptors.retain(|d| d.fd != fd.0);
            }
            Syscall::Truncate { path, length } => {
                let named = |file: &&mut FileShadow| match (&file.path, path) {
                    (Some(name), Path::Text(path)) => **name == **path,
                    _ => false,
                };
                if let Some(file) = self.files.iter_mut().find(named) {
                    file.size = *length as u64;
                }
            }
            Syscall::Ftruncate { fd, length } => self.resize(index, fd.0, *length as u64),
            Syscall::Pwrite { fd, offset, .. } => {
                self.grow(index, fd.0, (*offset as u64).saturating_add(value));
            }
            _ => self.processes[index].learn(call, value),
        }
    }

    /// A process has ended; memory that it borrowed goes back as it is.
    fn end(&mut self, index: usize) {
        let process = &mut self.processes[index];
        process.alive = false;
        let lender = process.parent.filter(|_| process.borrows);
        let (pages, brk) = (process.pages.clone(), process.brk);
        if let Some(lender) = lender.map(usize::from) {
            let lender = &mut self.processes[lender];
            (lender.held, lender.pages, lender.brk) = (false, pages, brk);
        }
    }

    fn resize(&mut self, process: usize, fd: i32, size: u64) {
        if let Some(file) = self.file_of(process, fd) {
            self.files[file].size = size;
        }
    }

    fn grow(&mut self, process: usize, fd: i32, size: u64) {
        if let Some(file) = self.file_of(process, fd) {
            self.files[file].size = self.files[file].size.max(size);
        }
    }

    fn file_of(&self, process: usize, fd: i32) -> Option<usize> {
        let descriptors = &self.processes[process].descriptors;
        descriptors.iter().find(|d| d.fd == fd).map(|d| d.file)
    }
}

impl ProcessShadow {
    /// Whether it can do something.
    pub fn can_act(&self) -> bool {
        self.alive && !self.held
    }

    fn learn(&mut self, call: &Syscall, value: u64) {
        match call {
            Syscall::Mmap {
                length,
                prot,
                flags,
                fd,
                offset,
                ..
            } => {
                let file = self.descriptors.iter().find(|d| d.fd == fd.0);
                let anonymous = flags.contains(MapFlags::MAP_ANONYMOUS);
                let backing = match file.filter(|_| !anonymous) {
                    None => Backing::Anonymous,
                    Some(descriptor) => Backing::File {
                        file: descriptor.file,
                        fd: descriptor.fd,
                        index: offset >> 12,
                    },
                };
                let page = Page {
                    prot: *prot,
                    shared: flags.sharing() != 2,
                    backing,
                };
                self.map(value >> 12, pages(*length), page);
            }
            Syscall::Munmap { address, length } => self.unmap(address.0 >> 12, pages(*length)),
            Syscall::Mprotect {
                address,
                length,
                prot,
            } => {
                let start = address.0 >> 12;
                let end = start.saturating_add(pages(*length));
                for page in self.pages.range_mut(start..end) {
                    page.1.prot = *prot;
                }
            }
            Syscall::Mremap {
                old_address,
                old_length,
                new_length,
                ..
            } => {
                let start = old_address.0 >> 12;
                if let Some(page) = self.pages.get(&start).copied() {
                    self.unmap(start, pages(*old_length));
                    self.map(value >> 12, pages(*new_length), page);
                }
            }
            Syscall::Brk { .. } => self.set_break(value),
            _ => {}
        }
    }

    fn set_break(&mut self, brk: u64) {
        let (old, new) = (pages(self.brk), pages(brk));
        let page = Page {
            prot: Prot::PROT_READ | Prot::PROT_WRITE,
            shared: false,
            backing: Backing::Anonymous,
        };
        if new > old {
            self.map(old, new - old, page);
        } else {
            self.unmap(new, old - new);
        }
        self.brk = brk;
    }

    fn map(&mut self, start: u64, pages: u64, first: Page) {
        for offset in 0..pages.min(REMEMBERED) {
            let backing = match first.backing {
                Backing::Anonymous => Backing::Anonymous,
                Backing::File { file, fd, index } => Backing::File {
                    file,
                    fd,
                    index: index + offset,
                },
            };
            self.pages.insert(start + offset, Page { backing, ..first });
        }
    }

    fn unmap(&mut self, start: u64, pages: u64) {
        let end = start.saturating_add(pages);
        let gone: Vec<u64> = self
            .pages
            .range(start..end)
            .map(|(page, _)| *page)
            .collect();
        for page in gone {
            self.pages.remove(&page);
        }
    }

    /// The mapped runs, ascending.
    pub fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for (&page, &what) in &self.pages {
            match runs.last_mut() {
                Some(run) if run.end == page && run.continues_with(what) => run.end += 1,
                _ => runs.push(Run {
                    start: page,
                    end: page + 1,
                    page: what,
                }),
            }
        }
        runs
    }
}

impl Run {
    /// Whether `next` can be the page after the run's last.
    fn continues_with(&self, next: Page) -> bool {
        let backing = match self.page.backing {
            Backing::Anonymous => Backing::Anonymous,
            Backing::File { file, fd, index } => Backing::File {
                file,
                fd,
                index: index + (self.end - self.start),
            },
        };
        next == Page {
            backing,
            ..self.page
        }
    }
}

/// The pages that `bytes` take.
pub fn pages(bytes: u64) -> u64 {
    (bytes >> 12) + u64::from(bytes & 0xfff != 0)
}
