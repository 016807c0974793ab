//! Copies between the kernel and a process's memory (lib/usercopy.c): they fault as the process
//! would, but where the process would get a signal, the copy ends short.

use abi::{Errno, Pid, VirtAddr};

use crate::addr::{PAGE_SIZE, Pfn, TASK_SIZE};
use crate::event::Access;
use crate::kernel::Kernel;
use crate::mm::access::Toucher;
use crate::outcome::{Failure, Reason};
use crate::phys::contents::Contents;

const BAD_BUFFER: Failure = Failure::new(Errno::EFAULT, Reason::BadBuffer);

impl Kernel {
    fn for_call_of(&self, pid: Pid) -> Option<Toucher> {
        let mm = self.mm_of(pid)?;
        Some(Toucher {
            pid,
            mm,
            in_kernel: true,
        })
    }

    /// Copies from a process's memory; an error says how many bytes were copied.
    pub(crate) fn copy_from_user(
        &mut self,
        pid: Pid,
        from: VirtAddr,
        into: &mut [u8],
    ) -> Result<(), u64> {
        let toucher = self.for_call_of(pid).ok_or(0u64)?;
        if !is_user_range(from, into.len()) {
            return Err(0);
        }
        let copied = self.read_user(toucher, from, into);
        copied.map_err(|(copied, _)| copied)
    }

    /// Copies to a process's memory; an error says how many bytes were copied.
    pub(crate) fn copy_to_user(&mut self, pid: Pid, to: VirtAddr, bytes: &[u8]) -> Result<(), u64> {
        let toucher = self.for_call_of(pid).ok_or(0u64)?;
        if !is_user_range(to, bytes.len()) {
            return Err(0);
        }
        let copied = self.write_user(toucher, to, bytes);
        copied.map_err(|(copied, _)| copied)
    }

    /// Stores a small value in a process's memory, all of its bytes or none (`put_user`); gives
    /// whether it could.
    pub(crate) fn put_user(&mut self, pid: Pid, to: VirtAddr, bytes: &[u8]) -> bool {
        let Some(toucher) = self.for_call_of(pid) else {
            return false;
        };
        let last = to.offset((bytes.len() as u64).saturating_sub(1));
        let mut ends = [to, last].into_iter();
        ends.all(|at| self.translate(toucher, at, Access::Write).is_ok())
            && self.write_user(toucher, to, bytes).is_ok()
    }

    /// Copies `length` bytes of a page, from `offset` on, to a process's memory; gives how many it
    /// could. `page` is the frame that holds the contents, if one does: it may be the process's
    /// buffer as well. A whole page to a whole page is shared, not copied, until one of them changes.
    pub(crate) fn contents_to_user(
        &mut self,
        pid: Pid,
        to: VirtAddr,
        (contents, page): (&Contents, Option<Pfn>),
        offset: u64,
        length: u64,
    ) -> u64 {
        let mut contents = contents.clone();
        let Some(toucher) = self.for_call_of(pid) else {
            return 0;
        };
        let mut done = 0;
        while done < length {
            let at = to.offset(done);
            let start = at.0 % PAGE_SIZE;
            let part = (length - done).min(PAGE_SIZE - start);
            let Ok(frame) = self.translate(toucher, at, Access::Write) else {
                break;
            };
            let target = &mut self.frames.get_mut(frame).contents;
            if page == Some(frame) {
                copy_within(target, offset + done, start, part);
                contents = target.clone();
            } else if part == PAGE_SIZE && offset == 0 {
                *target = contents.clone();
            } else {
                target.write_from(start, &contents, offset + done, part);
            }
            done += part;
        }
        done
    }

    /// Copies bytes of a frame to another one. A whole page is shared until one of them changes.
    pub(crate) fn copy_between(
        &mut self,
        from: Pfn,
        start: u64,
        to: Pfn,
        offset: u64,
        length: u64,
    ) {
        if length == PAGE_SIZE {
            self.frames.copy_contents(from, to);
            return;
        }
        let source = self.frames.get(from).contents.clone();
        let target = &mut self.frames.get_mut(to).contents;
        target.write_from(offset, &source, start, length);
    }

    /// Copies from user memory into a page, without faults: the copy ends where one would be needed
    /// (`copy_folio_from_iter_atomic`). Gives how many bytes it copied. A whole page of a whole page
    /// is shared until one of them changes.
    pub(crate) fn copy_present(
        &mut self,
        pid: Pid,
        from: VirtAddr,
        into: Pfn,
        offset: u64,
        length: u64,
    ) -> u64 {
        let Some(toucher) = self.for_call_of(pid) else {
            return 0;
        };
        let mut done = 0;
        while done < length {
            let at = from.offset(done);
            let start = at.0 % PAGE_SIZE;
            let part = (length - done).min(PAGE_SIZE - start);
            let Some(frame) = self.translate_present(toucher, at, Access::Read) else {
                break;
            };
            if frame == into {
                let target = &mut self.frames.get_mut(into).contents;
                copy_within(target, start, offset + done, part);
            } else {
                self.copy_between(frame, start, into, offset + done, part);
            }
            done += part;
        }
        done
    }

    /// Brings in the pages of a buffer that is to be read, up to one that cannot be
    /// (`fault_in_readable`); gives whether its first byte can be read.
    pub(crate) fn fault_in_readable(&mut self, pid: Pid, from: VirtAddr, length: u64) -> bool {
        let Some(toucher) = self.for_call_of(pid) else {
            return false;
        };
        let mut done = 0;
        while done < length {
            let at = from.offset(done);
            if self.translate(toucher, at, Access::Read).is_err() {
                break;
            }
            done += PAGE_SIZE - at.0 % PAGE_SIZE;
        }
        done > 0
    }

    /// A string of at most `most` bytes, its NUL included: ENAMETOOLONG where there is no NUL,
    /// EFAULT where it cannot be read (`strncpy_from_user`).
    pub(crate) fn read_user_string(
        &mut self,
        pid: Pid,
        from: VirtAddr,
        most: u64,
    ) -> Result<String, Failure> {
        let mut text = Vec::new();
        let mut buffer = [0; PAGE_SIZE as usize];
        while (text.len() as u64) < most {
            let at = from.offset(text.len() as u64);
            let left = most - text.len() as u64;
            let length = (PAGE_SIZE - at.0 % PAGE_SIZE).min(left);
            let bytes = &mut buffer[..length as usize];
            self.copy_from_user(pid, at, bytes)
                .map_err(|_| BAD_BUFFER)?;
            if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
                text.extend(&bytes[..end]);
                return Ok(String::from_utf8_lossy(&text).into_owned());
            }
            text.extend(&*bytes);
        }
        Err(Failure::new(Errno::ENAMETOOLONG, Reason::BadArgument))
    }
}

/// Whether all of it is the process's; else nothing of it is copied (`access_ok`).
fn is_user_range(start: VirtAddr, length: usize) -> bool {
    let end = start.0.checked_add(length as u64);
    end.is_some_and(|end| end <= TASK_SIZE)
}

/// Copies bytes of a page to another place in it one by one and upwards: what overlaps repeats. So do
/// some processors; others, to which the two places have nothing in common (Linux reads through an
/// address of its own and writes through the program's), copy several bytes at a time.
#[inline(never)] // For its room on the stack.
pub(crate) fn copy_within(page: &mut Contents, from: u64, to: u64, length: u64) {
    let mut bytes = [0; PAGE_SIZE as usize];
    page.read(0, &mut bytes);
    let (from, to, length) = (from as usize, to as usize, length as usize);
    for i in 0..length {
        bytes[to + i] = bytes[from + i];
    }
    page.write(to as u64, &bytes[to..to + length]);
}
