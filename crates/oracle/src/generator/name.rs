//! The calls over a file's names, its open files and their offsets, and its seals.

use std::rc::Rc;

use abi::{Fd, OpenFlags, Path, Syscall, Whence};

use super::Generator;
use super::shadow::Descriptor;
use crate::operation::Action;

/// Numbers of fcntl(2)'s commands.
pub(super) const F_DUPFD: i32 = 0;
pub(super) const F_DUPFD_CLOEXEC: i32 = 1030;
const F_GETFD: i32 = 1;
const F_SETFD: i32 = 2;
const F_GETFL: i32 = 3;
const F_SETFL: i32 = 4;
const F_ADD_SEALS: i32 = 1033;
const F_GET_SEALS: i32 = 1034;

impl Generator {
    /// lseek(2), data and holes included.
    pub(super) fn seek(&mut self) -> Option<Action> {
        let descriptor = self.any_descriptor()?;
        let size = self.shadow.files[descriptor.file].size;
        let whence = self.weighted(&[
            (4, Whence::Set),
            (2, Whence::Current),
            (2, Whence::End),
            (4, Whence::Data),
            (4, Whence::Hole),
        ]);
        let mut offset = match whence {
            Whence::Current | Whence::End => self.rng.i64(-5000..5000),
            _ if self.rng.bool() => self.rng.u64(0..=size) as i64 & !4095,
            _ => self.rng.u64(0..size + 4096) as i64,
        };
        if self.odd() {
            offset = self.rng.choice([-1, i64::MAX, i64::MIN]).unwrap_or(0);
        }
        Some(Action::Call(Syscall::Lseek {
            fd: Fd(descriptor.fd),
            offset,
            whence,
        }))
    }

    /// What a path leads to is opened once more or anew, cut, or loses that name.
    pub(super) fn name(&mut self) -> Option<Action> {
        let named = (0..self.shadow.files.len()).filter(|i| self.shadow.files[*i].is_regular());
        let file = self.rng.choice(named.collect::<Vec<_>>())?;
        let size = self.shadow.files[file].size;
        let path = Path::Text(Rc::from(self.shadow.files[file].path.clone()?));
        Some(Action::Call(match self.rng.u32(0..6) {
            0 => Syscall::Unlink { path },
            1 => {
                let length = match self.rng.u32(0..3) {
                    0 => 0,
                    1 => size & !4095,
                    _ => self.rng.u64(0..16 << 12),
                } as i64;
                Syscall::Truncate { path, length }
            }
            _ => {
                self.shadow.opening = Some(file);
                let mut flags = self.weighted(&[
                    (6, OpenFlags::O_RDWR),
                    (1, OpenFlags::empty()),
                    (1, OpenFlags::O_WRONLY),
                ]);
                for (times, flag) in [
                    (2, OpenFlags::O_CREAT),
                    (8, OpenFlags::O_EXCL),
                    (4, OpenFlags::O_TRUNC),
                    (6, OpenFlags::O_APPEND),
                    (8, OpenFlags::O_CLOEXEC),
                    (20, OpenFlags::O_PATH),
                    (40, OpenFlags::O_DIRECTORY),
                    (40, OpenFlags::O_NOFOLLOW),
                ] {
                    if self.once_in(times) {
                        flags |= flag;
                    }
                }
                let mode = 0o600;
                Syscall::Open { path, flags, mode }
            }
        }))
    }

    /// dup2(2) and fcntl(2).
    pub(super) fn control(&mut self) -> Option<Action> {
        let Descriptor { fd, .. } = self.any_descriptor()?;
        let fd = Fd(fd);
        let (command, argument) = match self.rng.u32(0..11) {
            0 | 1 => {
                let mut new = Fd(self.rng.i32(3..9));
                if self.odd() {
                    new = Fd(-1);
                }
                return Some(Action::Call(Syscall::Dup2 { old: fd, new }));
            }
            2 => (F_DUPFD, self.rng.u64(0..9)),
            3 => (F_GETFL, 0),
            4 => {
                let flags = self.weighted(&[
                    (2, OpenFlags::empty()),
                    (3, OpenFlags::O_APPEND),
                    (1, OpenFlags::O_NONBLOCK),
                ]);
                (F_SETFL, flags.bits().into())
            }
            5 => (F_GET_SEALS, 0),
            6 => (F_DUPFD_CLOEXEC, self.rng.u64(0..9)),
            7 => (F_GETFD, 0),
            8 if self.odd() => (9999, 0),
            8 => (F_SETFD, self.rng.u64(0..2)),
            _ => (F_ADD_SEALS, 1 << self.rng.u64(0..6)),
        };
        Some(Action::Call(Syscall::Fcntl {
            fd,
            command,
            argument,
        }))
    }
}
