//! The calls over files: they are made when the trace begins, and changed under live mappings.

use std::rc::Rc;

use abi::{
    FallocateFlags, Fd, FileAdvice, MapFlags, MemfdFlags, OpenFlags, Path, Prot, Syscall, VirtAddr,
};

use super::Generator;
use super::shadow::{Descriptor, FileKind, FileShadow};
use crate::machine::{ARENA, ARENA_PAGES};
use crate::operation::{Action, Operation, Process};

/// The most pages that files have at first: few, so that ends are near, or more than are read ahead
/// at once.
const SMALL_FILE: u64 = 12;
const LARGE_FILE: u64 = 90;

/// The most files of a trace.
const MOST_FILES: usize = 5;

/// All that the file has in the page cache leaves it.
fn forget(fd: Fd) -> Syscall {
    Syscall::Fadvise {
        fd,
        offset: 0,
        length: 0,
        advice: FileAdvice::DontNeed,
    }
}

impl Generator {
    /// Decides which files there are, and queues their making.
    pub(super) fn plan_files(&mut self) {
        let kinds = [
            &[][..],
            &[FileKind::Memfd],
            &[FileKind::Disk],
            &[FileKind::Shm],
            &[FileKind::Memfd, FileKind::Disk],
            &[FileKind::Disk, FileKind::Disk],
            &[FileKind::Memfd, FileKind::Zero],
            &[FileKind::Shm, FileKind::Disk, FileKind::Directory],
            &[FileKind::Disk, FileKind::Pipe],
            &[FileKind::Memfd, FileKind::Null],
        ];
        self.kinds = kinds[self.rng.usize(0..kinds.len())].to_vec();
        if self.kinds.is_empty() {
            return;
        }
        // A page to write from, gone before the trace proper.
        let page = VirtAddr(ARENA + (ARENA_PAGES - 1) * 4096);
        let byte = self.rng.u8(1..);
        self.queue_call(Syscall::Mmap {
            address: page,
            length: 4096,
            prot: Prot::PROT_READ | Prot::PROT_WRITE,
            flags: MapFlags::MAP_PRIVATE | MapFlags::MAP_ANONYMOUS | MapFlags::MAP_FIXED,
            fd: Fd(-1),
            offset: 0,
        });
        self.queue_action(Action::StoreBytes {
            address: page,
            bytes: (0..4096_u32).map(|i| byte.wrapping_add(i as u8)).collect(),
        });
        let mut fd = 3;
        for (number, kind) in self.kinds.clone().into_iter().enumerate() {
            self.plan_file(number, kind, &mut fd, page);
        }
        self.queue_call(Syscall::Munmap {
            address: page,
            length: 4096,
        });
    }

    fn plan_file(&mut self, number: usize, kind: FileKind, next_fd: &mut i32, page: VirtAddr) {
        let path = match kind {
            FileKind::Memfd => None,
            FileKind::Shm => Some(format!("/dev/shm/mmap-lab-{number}")),
            FileKind::Disk => Some(format!("f{number}")),
            FileKind::Zero => Some("/dev/zero".to_string()),
            FileKind::Null => Some("/dev/null".to_string()),
            FileKind::Directory => Some(".".to_string()),
            FileKind::Pipe => return self.plan_pipe(number, next_fd, page),
        };
        let regular = matches!(kind, FileKind::Memfd | FileKind::Shm | FileKind::Disk);
        let pages = match self.once_in(6) {
            true => LARGE_FILE,
            false => SMALL_FILE,
        };
        let mut size = if regular {
            self.rng.u64(0..pages) << 12
        } else {
            0
        };
        if regular && self.rng.bool() {
            size += self.rng.u64(0..4096);
        }
        self.shadow.files.push(FileShadow {
            kind,
            size: 0,
            path: path.clone(),
        });
        let fd = *next_fd;
        *next_fd += 1;
        let memfd_flags =
            self.weighted(&[(1, MemfdFlags::empty()), (1, MemfdFlags::MFD_ALLOW_SEALING)]);
        self.queue_call(match path {
            None => Syscall::MemfdCreate {
                name: Path::Text(Rc::from("m")),
                flags: memfd_flags,
            },
            Some(path) => Syscall::Open {
                path: Path::Text(Rc::from(path)),
                flags: match kind {
                    FileKind::Directory => OpenFlags::empty(),
                    FileKind::Zero | FileKind::Null => OpenFlags::O_RDWR,
                    _ => OpenFlags::O_RDWR | OpenFlags::O_CREAT,
                },
                mode: 0o600,
            },
        });
        let fd = Fd(fd);
        // The shadow learns of this descriptor now: no answer names the file.
        self.shadow.processes[0].descriptors.push(Descriptor {
            fd: fd.0,
            file: number,
        });
        let written = if self.once_in(4) {
            self.rng.u64(0..=size)
        } else {
            size
        };
        for offset in (0..written).step_by(4096) {
            self.queue_call(Syscall::Pwrite {
                fd,
                buffer: page,
                count: (written - offset).min(4096),
                offset: offset as i64,
            });
        }
        if written < size {
            self.queue_call(Syscall::Ftruncate {
                fd,
                length: size as i64,
            });
        }
        if kind == FileKind::Disk {
            if self.once_in(4) {
                self.queue_call(Syscall::Fsync { fd });
            }
            if self.once_in(3) {
                self.queue_call(forget(fd));
            }
        }
    }

    fn plan_pipe(&mut self, number: usize, next_fd: &mut i32, page: VirtAddr) {
        self.shadow.files.push(FileShadow {
            kind: FileKind::Pipe,
            size: 0,
            path: None,
        });
        self.queue_call(Syscall::Pipe { fds: page });
        for fd in [*next_fd, *next_fd + 1] {
            let file = number;
            let descriptors = &mut self.shadow.processes[0].descriptors;
            descriptors.push(Descriptor { fd, file });
        }
        *next_fd += 2;
    }

    fn queue_call(&mut self, call: Syscall) {
        self.queue_action(Action::Call(call));
    }

    fn queue_action(&mut self, action: Action) {
        self.queue.push_back(Operation {
            process: Process(0),
            action,
        });
    }

    pub(super) fn any_descriptor(&mut self) -> Option<Descriptor> {
        let descriptors = &self.shadow.processes[self.current].descriptors;
        self.rng.choice(descriptors).copied()
    }

    /// An offset in or about the file, and how many bytes: never so many that the disk's page
    /// cache would take more than single pages.
    fn file_range(&mut self, descriptor: Descriptor) -> (i64, u64) {
        let size = self.shadow.files[descriptor.file].size;
        let mut offset = match self.rng.u32(0..5) {
            0 => size,
            1 => size.saturating_sub(self.rng.u64(0..5000)),
            2 => self.rng.u64(0..=size) & !4095,
            _ => self.rng.u64(0..size + 4096),
        } as i64;
        if self.odd() {
            offset = self.rng.choice([-1, i64::MAX, i64::MIN]).unwrap_or(0);
        }
        let count = match self.rng.u32(0..5) {
            0 => self.rng.u64(0..20),
            1 => 4096,
            2 => self.rng.u64(0..8192),
            _ => self.rng.u64(0..4096),
        };
        (offset, count)
    }

    pub(super) fn read(&mut self) -> Option<Action> {
        let descriptor = self.any_descriptor()?;
        let (offset, mut count) = self.file_range(descriptor);
        if self.odd() {
            count = self.rng.choice([1 << 31, 1 << 62, u64::MAX]).unwrap_or(0);
        }
        let (fd, buffer) = (Fd(descriptor.fd), self.address(Prot::PROT_WRITE));
        Some(Action::Call(if self.once_in(5) {
            Syscall::Read { fd, buffer, count }
        } else {
            Syscall::Pread {
                fd,
                buffer,
                count,
                offset,
            }
        }))
    }

    pub(super) fn write(&mut self) -> Option<Action> {
        let descriptor = self.any_descriptor()?;
        let (offset, count) = self.file_range(descriptor);
        let (fd, buffer) = (Fd(descriptor.fd), self.address(Prot::PROT_READ));
        // Files stay small.
        let offset = if offset > 64 << 12 && offset < i64::MAX {
            0
        } else {
            offset
        };
        Some(Action::Call(if self.once_in(5) {
            Syscall::Write { fd, buffer, count }
        } else {
            Syscall::Pwrite {
                fd,
                buffer,
                count,
                offset,
            }
        }))
    }

    pub(super) fn truncate(&mut self) -> Option<Action> {
        let descriptor = self.any_descriptor()?;
        let size = self.shadow.files[descriptor.file].size;
        let mut length = match self.rng.u32(0..5) {
            0 => 0,
            1 => size & !4095,
            2 => size.saturating_sub(self.rng.u64(0..4096)),
            3 => size + self.rng.u64(0..8192),
            _ => self.rng.u64(0..16 << 12),
        } as i64;
        if self.odd() {
            length = -1;
        }
        let fd = Fd(descriptor.fd);
        Some(Action::Call(Syscall::Ftruncate { fd, length }))
    }

    /// Space for a part of a file.
    pub(super) fn allocate(&mut self) -> Option<Action> {
        let descriptor = self.any_descriptor()?;
        let (offset, length) = self.file_range(descriptor);
        let mode = self.weighted(&[
            (3, FallocateFlags::empty()),
            (3, FallocateFlags::FALLOC_FL_KEEP_SIZE),
            (1, FallocateFlags::FALLOC_FL_ZERO_RANGE),
            (
                1,
                FallocateFlags::FALLOC_FL_ZERO_RANGE | FallocateFlags::FALLOC_FL_KEEP_SIZE,
            ),
        ]);
        Some(Action::Call(Syscall::Fallocate {
            fd: Fd(descriptor.fd),
            mode,
            offset,
            length: length as i64,
        }))
    }

    pub(super) fn punch(&mut self) -> Option<Action> {
        let descriptor = self.any_descriptor()?;
        let (mut offset, mut length) = self.file_range(descriptor);
        if self.rng.bool() {
            (offset, length) = (offset & !4095, self.few_pages() << 12);
        }
        let punch = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
        let mode = if self.odd() {
            FallocateFlags::FALLOC_FL_PUNCH_HOLE
        } else {
            punch
        };
        Some(Action::Call(Syscall::Fallocate {
            fd: Fd(descriptor.fd),
            mode,
            offset,
            length: length as i64,
        }))
    }

    pub(super) fn sync(&mut self) -> Option<Action> {
        let fd = Fd(self.any_descriptor()?.fd);
        Some(Action::Call(if self.rng.bool() {
            Syscall::Fsync { fd }
        } else {
            Syscall::Fdatasync { fd }
        }))
    }

    /// Advice on how a file is read, or that pages of it are not needed any more.
    pub(super) fn advise_file(&mut self) -> Option<Action> {
        let descriptor = self.any_descriptor()?;
        let (offset, length) = self.file_range(descriptor);
        let advice = self.weighted(&[
            (3, FileAdvice::Normal),
            (4, FileAdvice::Random),
            (3, FileAdvice::Sequential),
            (4, FileAdvice::WillNeed),
            (12, FileAdvice::DontNeed),
            (1, FileAdvice::NoReuse),
            (1, FileAdvice::Unknown(99)),
        ]);
        Some(Action::Call(Syscall::Fadvise {
            fd: Fd(descriptor.fd),
            offset,
            length: if self.rng.bool() { 0 } else { length as i64 },
            advice,
        }))
    }

    /// A file more: memory, or one without a name.
    pub(super) fn new_file(&mut self) -> Option<Action> {
        let kind = self.kinds.iter().find(|kind| {
            let regular = [FileKind::Memfd, FileKind::Disk];
            regular.contains(kind)
        });
        let kind = *kind?;
        if self.shadow.files.len() >= MOST_FILES {
            return None;
        }
        self.shadow.opening = Some(self.shadow.files.len());
        self.shadow.files.push(FileShadow {
            kind,
            size: 0,
            path: None,
        });
        let close = self.once_in(4);
        Some(Action::Call(if kind == FileKind::Disk {
            let (mut flags, mode) = (OpenFlags::O_TMPFILE | OpenFlags::O_RDWR, 0o600);
            if close {
                flags |= OpenFlags::O_CLOEXEC;
            }
            let path = Path::Text(Rc::from("."));
            Syscall::Open { path, flags, mode }
        } else {
            let mut flags = self.weighted(&[
                (2, MemfdFlags::empty()),
                (2, MemfdFlags::MFD_ALLOW_SEALING),
                (1, MemfdFlags::MFD_NOEXEC_SEAL),
                (1, MemfdFlags::MFD_EXEC),
            ]);
            if close {
                flags |= MemfdFlags::MFD_CLOEXEC;
            }
            if self.odd() {
                flags = MemfdFlags::from_bits_retain(self.rng.choice([0x18, 0x20]).unwrap_or(0));
            }
            let name = Path::Text(Rc::from("n"));
            Syscall::MemfdCreate { name, flags }
        }))
    }

    /// dup, close, and opening a file once more.
    pub(super) fn descriptor(&mut self) -> Option<Action> {
        let descriptor = self.any_descriptor()?;
        let fd = Fd(descriptor.fd);
        let path = self.shadow.files[descriptor.file].path.clone();
        let call = match (self.rng.u32(0..5), path) {
            (0, _) => Syscall::Close { fd },
            (1 | 2, Some(path)) => {
                self.shadow.opening = Some(descriptor.file);
                let flags = self.weighted(&[
                    (4, OpenFlags::O_RDWR),
                    (3, OpenFlags::empty()),
                    (1, OpenFlags::O_WRONLY),
                ]);
                Syscall::Open {
                    path: Path::Text(Rc::from(path)),
                    flags,
                    mode: 0,
                }
            }
            _ => Syscall::Dup { fd },
        };
        Some(Action::Call(call))
    }
}
